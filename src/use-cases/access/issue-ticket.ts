import { randomBytes } from 'node:crypto';
import type { Actor } from '../../domain/access.ts';
import { hashSecret, TICKET_PREFIX } from '../../domain/secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { TicketRepository } from '../ports/ticket-repository.ts';

export interface IssueTicketDeps {
  readonly tickets: Pick<TicketRepository, 'insert'>;
  readonly clock: Clock;
}

export interface Ticket {
  /** Told now and never again. */
  readonly ticket: string;
  readonly expiresAt: Date;
}

const LIFE_MS = 30_000;

/** A ticket that opens one WebSocket in the place of the actor's token, within 30 seconds. */
export function issueTicket({ tickets, clock }: IssueTicketDeps) {
  return async ({ tokenId, address }: Actor): Promise<Ticket> => {
    const ticket = TICKET_PREFIX + randomBytes(32).toString('base64url');
    const expiresAt = new Date(clock.now().getTime() + LIFE_MS);
    await tickets.insert({ hash: hashSecret(ticket), tokenId, address, expiresAt });
    return { ticket, expiresAt };
  };
}
