import { type Actor, assertHost, reachesLabels } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { Terminal, Terminals } from './terminals.ts';

export interface TerminalRef {
  readonly host: string;
  readonly id: string;
}

/**
 * Finds a terminal whose container the actor's token reaches; the container itself may be gone.
 *
 * @throws FairleadError TERMINAL_NOT_FOUND, FORBIDDEN
 */
export async function reachTerminal(
  terminals: Pick<Terminals, 'get'>,
  actor: Actor,
  { host, id }: TerminalRef,
): Promise<Terminal> {
  assertHost(actor, host);
  const terminal = await terminals.get(id);
  if (terminal.identity.host !== host) {
    throw new FairleadError('TERMINAL_NOT_FOUND', `There is no terminal ${id} on the host "${host}".`);
  }
  if (!reachesLabels(actor, terminal.identity.labels)) {
    throw new FairleadError(
      'FORBIDDEN',
      `The token "${actor.name}" is narrowed to stacks that the terminal does not belong to.`,
    );
  }
  return terminal;
}
