import type { Actor } from '../../domain/access.ts';
import type { TerminalSize } from '../../domain/exec.ts';
import { assertExecAllowed } from '../../domain/exec-policy.ts';
import type { Seat, Viewer } from '../exec/session.ts';
import type { TerminalDeps } from './deps.ts';
import { reachTerminal, type TerminalRef } from './reach-terminal.ts';

export interface JoinTerminalInput extends TerminalRef {
  readonly size?: TerminalSize | undefined;
}

/**
 * Seats a viewer at a terminal: first comes its last output, then what it writes from now on. One that has ended shows its last
 * output and its end.
 *
 * @throws FairleadError POLICY_VIOLATION, and as `reachTerminal`
 */
export function joinTerminal({ terminals }: Pick<TerminalDeps, 'terminals'>) {
  return async (actor: Actor, input: JoinTerminalInput, viewer: Viewer): Promise<Seat> => {
    const terminal = await reachTerminal(terminals, actor, input);
    assertExecAllowed(actor, terminal.identity);
    const seat = terminal.join(viewer);
    if (input.size !== undefined) seat.resize(input.size);
    return seat;
  };
}
