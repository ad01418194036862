import type { Actor } from '../../domain/access.ts';
import { assertExecAllowed } from '../../domain/exec-policy.ts';
import type { TerminalDeps } from './deps.ts';
import { reachTerminal, type TerminalRef } from './reach-terminal.ts';

/**
 * Ends the process of a terminal, and forgets the terminal and its recording.
 *
 * @throws FairleadError POLICY_VIOLATION, and as `reachTerminal`
 */
export function endTerminal({ terminals }: Pick<TerminalDeps, 'terminals'>) {
  return async (actor: Actor, ref: TerminalRef): Promise<void> => {
    const { identity } = await reachTerminal(terminals, actor, ref);
    assertExecAllowed(actor, identity);
    await terminals.remove(ref.id);
  };
}
