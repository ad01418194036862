import { isObject } from '../../domain/engine-json.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { ContainerWaiter } from '../../use-cases/ports/containers.ts';
import { bodyJson } from '../connection/body.ts';
import type { EngineLink } from '../connection/link.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import type { FindContainer } from './container-find.ts';

/** Waits for containers, for as long as that takes, and notices when the Engine goes away meanwhile. */
export function createWaiter(link: EngineLink, monitor: EngineMonitor, find: FindContainer): ContainerWaiter {
  return {
    async wait(ref, condition, signal) {
      const { id } = await find(ref, signal);
      const controller = new AbortController();
      const giveUp = () => controller.abort(signal?.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      // One that hangs would keep the answer open for ever.
      const forgetLoss = monitor.onLost(() => controller.abort(lost(link)));
      try {
        const response = await link.transport.open({
          method: 'POST',
          path: `/containers/${id}/wait`,
          query: { condition },
          subject: { type: 'container', ref },
          signal: controller.signal,
          deadlineMs: null,
        });
        const answer = await bodyJson(response, { where: link.where, signal: controller.signal });
        // An Engine that shuts down tells every waiter in good order that its container has ended with 0.
        await stillThere(link, controller.signal);
        return outcome(answer, link.where);
      } finally {
        signal?.removeEventListener('abort', giveUp);
        forgetLoss();
      }
    },
  };
}

async function stillThere(link: EngineLink, signal: AbortSignal): Promise<void> {
  await link.ping(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw lost(link, error);
  });
}

function lost({ where }: EngineLink, cause?: unknown): FairleadError {
  return new FairleadError('ENGINE_UNREACHABLE', `The Engine at ${where} went away during the wait.`, {
    cause,
  });
}

function outcome(answer: unknown, where: string): { exitCode: number; error: string | null } {
  const { StatusCode, Error: error } = isObject(answer) ? answer : {};
  if (typeof StatusCode !== 'number') {
    throw new FairleadError('ENGINE_ERROR', `The Engine at ${where} ended the wait without an exit code.`);
  }
  const message = isObject(error) ? error['Message'] : undefined;
  return { exitCode: StatusCode, error: typeof message === 'string' && message !== '' ? message : null };
}
