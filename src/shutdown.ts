import type { FastifyBaseLogger } from 'fastify';

/** One step of the way down. A step that fails or takes too long is logged and left; the next ones still run. */
export interface ShutdownPhase {
  readonly name: string;
  readonly limitMs: number;
  readonly run: () => Promise<void>;
}

/** Runs the phases in their order, each within its limit. */
export async function shutDown(phases: readonly ShutdownPhase[], logger: FastifyBaseLogger): Promise<void> {
  for (const phase of phases) {
    const began = performance.now();
    try {
      await within(phase.limitMs, phase.run());
      logger.info({ phase: phase.name, ms: Math.round(performance.now() - began) }, 'shutdown phase done');
    } catch (error) {
      logger.error({ phase: phase.name, err: error }, 'shutdown phase failed');
    }
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
