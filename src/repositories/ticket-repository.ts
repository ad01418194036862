import { eq, lte } from 'drizzle-orm';
import type { TicketRepository } from '../use-cases/ports/ticket-repository.ts';
import { guarded } from './database-errors.ts';
import type { Handle } from './handle.ts';
import { wsTickets } from './schema/ws-tickets.ts';

export function createTicketRepository(db: Handle): TicketRepository {
  return guarded<TicketRepository>({
    insert: async (ticket) => {
      await db.insert(wsTickets).values(ticket);
    },
    consume: async (hash, now) => {
      // An expired one is taken out as well: whoever holds it has had it.
      const [ticket] = await db.delete(wsTickets).where(eq(wsTickets.hash, hash)).returning();
      return ticket && ticket.expiresAt > now ? ticket.tokenId : null;
    },
    purge: async (now) => {
      const purged = await db
        .delete(wsTickets)
        .where(lte(wsTickets.expiresAt, now))
        .returning({ hash: wsTickets.hash });
      return purged.length;
    },
  });
}
