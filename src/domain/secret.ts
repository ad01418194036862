import { createHash } from 'node:crypto';

/** Every API token starts so, which lets scanners find one that leaked. */
export const TOKEN_PREFIX = 'flt_';
/** Every WebSocket ticket starts so. */
export const TICKET_PREFIX = 'flw_';

/**
 * What is stored in the place of a token or ticket: its SHA-256 as 64 lower-case hex digits. A plain hash is enough because
 * they hold 256 random bits; looking one up by its hash gives nothing away through timing either.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
