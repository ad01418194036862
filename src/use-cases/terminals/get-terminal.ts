import type { Actor } from '../../domain/access.ts';
import type { TerminalInfo } from '../../domain/terminal.ts';
import type { TerminalDeps } from './deps.ts';
import { reachTerminal } from './reach-terminal.ts';

/** Tells of one terminal; waits for one that is just being opened. Throws as `reachTerminal` does. */
export function getTerminal({ terminals }: Pick<TerminalDeps, 'terminals'>) {
  return async (actor: Actor, id: string): Promise<TerminalInfo> =>
    (await reachTerminal(terminals, actor, id)).info();
}
