import type { Actor } from '../../domain/access.ts';
import type { ExecInfo } from '../../domain/exec.ts';
import type { ExecDeps } from './deps.ts';
import { reachExec } from './reach-exec.ts';

/** Tells what the Engine knows of an exec instance. Throws as `reachExec` does. */
export function inspectExec(deps: ExecDeps) {
  const reach = reachExec(deps);
  return (
    actor: Actor,
    input: { readonly host: string; readonly execId: string },
    signal?: AbortSignal,
  ): Promise<ExecInfo> => reach(actor, { ...input, use: false }, signal);
}
