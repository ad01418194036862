import type { AttachClient, AttachInfo } from '../../use-cases/ports/exec.ts';
import type { Subject } from '../connection/errors.ts';
import type { EngineLink } from '../connection/link.ts';
import { reference } from '../connection/reference.ts';
import { engineDetachKeys } from './exec-mark.ts';
import { execStream, outputOnly } from './exec-stream.ts';

const DEADLINE_MS = 30_000;
const RESIZE_DEADLINE_MS = 15_000;

/** A container's own process. */
export function createAttachClient({ call, transport }: EngineLink): AttachClient {
  return {
    async inspect(containerId, signal) {
      const id = reference(containerId);
      const { State, Config } = await call(
        subjectOf(containerId),
        (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
        { signal },
      );
      return {
        running: State.Running,
        tty: Config.Tty,
        openStdin: Config.OpenStdin,
        stdinOnce: Config.StdinOnce,
      } satisfies AttachInfo;
    },

    async attach(containerId, { tty, openStdin, stdinOnce }, { replay, detachToken }, signal) {
      const common = { subject: subjectOf(containerId), signal, deadlineMs: DEADLINE_MS };
      const path = `/containers/${reference(containerId)}`;
      if (openStdin) {
        const { socket } = await transport.hijack({
          ...common,
          method: 'POST',
          path: `${path}/attach`,
          query: {
            stream: 1,
            stdin: 1,
            stdout: 1,
            stderr: 1,
            detachKeys: engineDetachKeys(detachToken),
            ...(replay ? { logs: 1 } : {}),
          },
        });
        return execStream(socket, { tty, halfClose: stdinOnce && !tty });
      }
      // Without input the Engine does not notice that who was attached has left, and keeps the connection; logs it does.
      const { body } = await transport.open({
        ...common,
        method: 'GET',
        path: `${path}/logs`,
        query: { follow: 1, stdout: 1, stderr: 1, tail: replay ? 'all' : 0 },
      });
      return outputOnly(body, tty);
    },

    async resize(containerId, { rows, cols }, signal) {
      const id = reference(containerId);
      await call(
        subjectOf(containerId),
        (docker, abortSignal) => docker.getContainer(id).resize({ h: rows, w: cols, abortSignal }),
        { signal, deadlineMs: RESIZE_DEADLINE_MS },
      );
    },
  };
}

function subjectOf(ref: string): Subject {
  return { type: 'container', ref };
}
