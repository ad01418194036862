import type { LoggerOptions } from 'pino';

/** A token or a ticket, wherever it stands in a line. */
const SECRETS = /\bfl([tw])_[A-Za-z0-9_-]{8,}/g;
const TICKET_PARAMETER = /([?&]ticket=)[^&#\s"]*/g;

/**
 * How the server logs: JSON lines with ISO times. What may hold a secret is left out by its name, and whatever still looks
 * like a token or a ticket is cut out of the finished line, since names do not reach into messages.
 */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      // Places, not patterns: pino looks for a pattern anew in every line, which would show in the time of every request.
      paths: PLACES.flatMap((place) => SECRET_FIELDS.map((name) => (place + name).replace('.[', '['))),
      censor: '[redacted]',
    },
    hooks: { streamWrite: withoutSecrets },
  };
}

/** Where a careless line may put the headers of a request. */
const PLACES = ['', 'headers.', 'req.headers.', 'request.headers.', 'res.headers.'];
const SECRET_FIELDS = [
  ...['authorization', 'cookie', 'password', 'token', 'ticket'],
  ...['idempotency-key', 'set-cookie', 'x-registry-auth'].map((name) => `["${name}"]`),
];

/** The same text without tokens and tickets. */
export function withoutSecrets(text: string): string {
  const clean = text.includes('fl') ? text.replace(SECRETS, 'fl$1_[redacted]') : text;
  return clean.includes('ticket=') ? clean.replace(TICKET_PARAMETER, '$1[redacted]') : clean;
}
