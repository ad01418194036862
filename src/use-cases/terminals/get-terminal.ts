import type { Actor } from '../../domain/access.ts';
import type { TerminalInfo } from '../../domain/terminal.ts';
import type { TerminalDeps } from './deps.ts';
import { reachTerminal, type TerminalRef } from './reach-terminal.ts';

/** Tells of one terminal; waits for one that is just being opened. Throws as `reachTerminal` does. */
export function getTerminal({ terminals }: Pick<TerminalDeps, 'terminals'>) {
  return async (actor: Actor, ref: TerminalRef): Promise<TerminalInfo> =>
    (await reachTerminal(terminals, actor, ref)).info();
}
