import { type Actor, assertHost, reachesLabels } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { Terminal, Terminals } from './terminals.ts';

/**
 * Finds a terminal whose container the actor's token reaches; the container itself may be gone.
 *
 * @throws FairleadError TERMINAL_NOT_FOUND, FORBIDDEN
 */
export async function reachTerminal(
  terminals: Pick<Terminals, 'get'>,
  actor: Actor,
  id: string,
): Promise<Terminal> {
  const terminal = await terminals.get(id);
  assertHost(actor, terminal.identity.host);
  if (!reachesLabels(actor, terminal.identity.labels)) {
    throw new FairleadError(
      'FORBIDDEN',
      `The token "${actor.name}" is narrowed to stacks that the terminal does not belong to.`,
    );
  }
  return terminal;
}

/** Whether the actor's token reaches the container of a terminal. */
export function reachesTerminal(actor: Actor, { identity }: Terminal): boolean {
  const { host, labels } = identity;
  return (actor.hosts?.includes(host) ?? true) && reachesLabels(actor, labels);
}
