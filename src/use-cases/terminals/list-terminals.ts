import type { Actor } from '../../domain/access.ts';
import type { TerminalInfo, TerminalStatus } from '../../domain/terminal.ts';
import type { TerminalDeps } from './deps.ts';
import { reachesTerminal } from './reach-terminal.ts';

export interface ListTerminalsInput {
  readonly host?: string | undefined;
  /** Full id or name. */
  readonly container?: string | undefined;
  readonly status?: TerminalStatus | undefined;
}

/** The terminals that the actor's token reaches, on all hosts unless one is named, newest first. */
export function listTerminals({ terminals }: Pick<TerminalDeps, 'terminals'>) {
  return (actor: Actor, { host, container, status }: ListTerminalsInput): TerminalInfo[] =>
    terminals
      .list()
      .filter((terminal) => reachesTerminal(actor, terminal))
      .map((terminal) => terminal.info())
      .filter((info) => host === undefined || info.host === host)
      .filter((info) => container === undefined || [info.containerId, info.name].includes(container))
      .filter((info) => status === undefined || info.status === status);
}
