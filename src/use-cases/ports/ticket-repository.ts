export interface NewTicket {
  /** SHA-256 of the whole ticket, 64 lower-case hex digits. */
  readonly hash: string;
  /** Id of the token in whose place the ticket stands. */
  readonly tokenId: string;
  /** The address that asked for it. */
  readonly address: string;
  readonly expiresAt: Date;
}

/** Tickets by which a browser opens a WebSocket: each opens one. */
export interface TicketRepository {
  insert(ticket: NewTicket): Promise<void>;
  /**
   * Takes the ticket out, atomically: of several calls with one hash, on however many servers, one gets the token's id.
   * `null` for a ticket that is unknown, used or expired.
   */
  consume(hash: string, now: Date): Promise<string | null>;
  /** Deletes the expired; answers how many. */
  purge(now: Date): Promise<number>;
}
