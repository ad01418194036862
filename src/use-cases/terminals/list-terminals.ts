import { type Actor, assertHost, reachesLabels } from '../../domain/access.ts';
import type { TerminalInfo, TerminalStatus } from '../../domain/terminal.ts';
import type { TerminalDeps } from './deps.ts';

export interface ListTerminalsInput {
  readonly host: string;
  /** Full id or name. */
  readonly container?: string | undefined;
  readonly status?: TerminalStatus | undefined;
}

/**
 * The terminals of a host that the actor's token reaches, newest first.
 *
 * @throws FairleadError FORBIDDEN
 */
export function listTerminals({ terminals }: Pick<TerminalDeps, 'terminals'>) {
  return (actor: Actor, { host, container, status }: ListTerminalsInput): TerminalInfo[] => {
    assertHost(actor, host);
    return terminals
      .list()
      .filter(({ identity }) => identity.host === host && reachesLabels(actor, identity.labels))
      .map((terminal) => terminal.info())
      .filter((info) => container === undefined || [info.containerId, info.name].includes(container))
      .filter((info) => status === undefined || info.status === status);
  };
}
