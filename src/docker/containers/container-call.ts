import type { Container } from 'dockerode';
import { type CallOptions, unlessDone } from '../connection/guard.ts';
import type { EngineLink } from '../connection/link.ts';
import type { FindContainer } from './container-find.ts';

/**
 * Changes the container that `ref` means now, and comes back when lists show what became of it, also when it failed: what went
 * wrong may have changed it. What is as it should be already counts as done.
 */
export type ContainerCall = (
  ref: string,
  run: (container: Container, abortSignal: AbortSignal) => Promise<unknown>,
  options: CallOptions,
) => Promise<void>;

/** @param shown resolves when lists show the container as it is now, or that it is gone; never rejects */
export function createContainerCall(
  link: EngineLink,
  find: FindContainer,
  shown: (id: string) => Promise<void>,
): ContainerCall {
  return async (ref, run, options) => {
    const { id } = await find(ref, options.signal);
    try {
      await link.call(
        { type: 'container', ref },
        (docker, abortSignal) => unlessDone(run(docker.getContainer(id), abortSignal)),
        options,
      );
    } finally {
      await shown(id);
    }
  };
}
