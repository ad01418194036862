import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import { assertExecAllowed } from '../../domain/exec-policy.ts';
import type { TerminalDeps } from './deps.ts';
import { reachTerminal, type TerminalRef } from './reach-terminal.ts';

/**
 * The recording of a terminal as far as it has come, as asciicast v2.
 *
 * @throws FairleadError CONFLICT when it is not recorded, POLICY_VIOLATION, and as `reachTerminal`
 */
export function readRecording({ terminals, recordings }: Pick<TerminalDeps, 'terminals' | 'recordings'>) {
  return async (actor: Actor, ref: TerminalRef): Promise<AsyncIterable<Uint8Array>> => {
    const { identity } = await reachTerminal(terminals, actor, ref);
    assertExecAllowed(actor, identity);
    if (!identity.recording) {
      throw new FairleadError('CONFLICT', 'The terminal was opened without recording=true.');
    }
    return recordings.read(ref.id);
  };
}
