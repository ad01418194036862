import type { EngineLink } from './link.ts';
import type { EngineRequest } from './transport.ts';

/** One call to an Engine, as it ended. */
export interface EngineCall {
  /** What was asked for: how, and of which noun. Without ids, so that there are not many. */
  readonly call: string;
  readonly outcome: 'ok' | 'failed';
  /** Until the answer, or for a stream until its headers. */
  readonly seconds: number;
}

/** The same link, telling of each call how long it took. */
export function observedLink(link: EngineLink, observe: (call: EngineCall) => void): EngineLink {
  async function timed<T>(call: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    let outcome: EngineCall['outcome'] = 'failed';
    try {
      const result = await run();
      outcome = 'ok';
      return result;
    } finally {
      observe({ call, outcome, seconds: (performance.now() - began) / 1_000 });
    }
  }

  return {
    ...link,
    call: (subject, run, options) => timed(`call ${subject.type}`, () => link.call(subject, run, options)),
    transport: {
      open: (request: EngineRequest) =>
        timed(`${request.method} ${request.subject.type}`, () => link.transport.open(request)),
      hijack: (request: EngineRequest, protocol?: string) =>
        timed(`hijack ${request.subject.type}`, () => link.transport.hijack(request, protocol)),
    },
  };
}
