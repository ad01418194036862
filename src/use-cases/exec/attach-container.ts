import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../domain/access.ts';
import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import { reachContainer } from '../containers/reach-container.ts';
import type { ContainerWaiter } from '../ports/containers.ts';
import type { AttachClient } from '../ports/exec.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { ExecDeps } from './deps.ts';
import { engineLoss } from './engine-loss.ts';
import { createSession, type Seat, type SessionEnd, type Viewer } from './session.ts';

export interface AttachContainerDeps extends Pick<ExecDeps, 'containers' | 'attach' | 'health'> {
  readonly waiter: HostLookup<ContainerWaiter>;
}

export interface AttachContainerInput {
  readonly host: string;
  readonly container: string;
  /** Whether what it wrote before comes first, as far as its logs hold it. */
  readonly replay: boolean;
}

/** Between the end of a container's output and the news of its exit. */
const EXIT_LIMIT_MS = 2_000;

/**
 * Attaches a viewer to a container's own process; input reaches it where the container was made with an open input. Leaving
 * ends nothing.
 *
 * @throws FairleadError CONTAINER_NOT_RUNNING, and as `reachContainer`
 */
export function attachContainer(deps: AttachContainerDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, container, replay }: AttachContainerInput,
    viewer: Viewer,
    signal?: AbortSignal,
  ): Promise<Seat> => {
    const { id } = await reach(actor, host, container, signal);
    const client = deps.attach(host);
    const info = await client.inspect(id, signal);
    if (!info.running) throw new FairleadError('CONTAINER_NOT_RUNNING', 'The container is not running.');

    const left = new AbortController();
    // Asked for before attaching, so that its exit cannot be missed, and not be taken for that of a later run.
    const exit = deps.waiter(host).wait(id, 'not-running', left.signal);
    exit.catch(() => undefined);
    let lost: FairleadError | null = null;
    try {
      const stream = await client.attach(id, info, { replay, detachToken: randomUUID() }, signal);
      const session = createSession({
        stream,
        takesInput: info.openStdin,
        resize: info.tty ? (size) => client.resize(id, size) : null,
        outcome: () => (lost === null ? attachOutcome(client, id, exit) : Promise.reject(lost)),
        onEmpty: () => session.close(),
      });
      void session.ended.then(() => left.abort());
      void engineLoss(deps.health(host), left.signal).then((loss) => {
        lost = loss;
        if (loss !== null) session.close();
      });
      return session.join(viewer);
    } catch (error) {
      left.abort();
      throw error;
    }
  };
}

/** An Engine that is being stopped ends all streams as if their containers had exited with 0, hence the second look. */
async function attachOutcome(
  client: AttachClient,
  id: string,
  exit: Promise<{ readonly exitCode: number }>,
): Promise<SessionEnd> {
  const known = await Promise.race([exit, delay(EXIT_LIMIT_MS, null, { ref: false })]);
  const info = await client.inspect(id).catch((error: unknown) => {
    if (isFairleadError(error, 'CONTAINER_NOT_FOUND')) return null;
    if (!isFairleadError(error, 'ENGINE_TIMEOUT')) throw error;
    throw new FairleadError('ENGINE_UNREACHABLE', error.message, { cause: error });
  });
  if (known !== null) return { kind: 'exited', exitCode: known.exitCode };
  if (info?.running) return { kind: 'detached' };
  throw new FairleadError('CONTAINER_NOT_FOUND', 'The container was removed, and its exit code with it.');
}
