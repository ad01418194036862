import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/**
 * What the database sees of one use of an Idempotency-Key. All of it comes out of the caller's token and key, which are stored
 * nowhere: with the database alone nobody can read an answer, or try out which request a row belongs to.
 */
export interface Seal {
  /** Names the row; 64 hex digits. */
  readonly id: string;
  /** A mark of the request; equal for equal requests. */
  fingerprint(request: string): string;
  seal(status: number, body: Uint8Array): Uint8Array;
  /** Throws for bytes that were not sealed here with the same status. */
  open(status: number, sealed: Uint8Array): Uint8Array;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Derives everything from the bearer token and the Idempotency-Key. */
export function sealFor(token: string, key: string): Seal {
  const derived = Buffer.from(
    hkdfSync('sha256', JSON.stringify([token, key]), '', 'fairlead idempotency 1', 96),
  );
  const id = derived.toString('hex', 0, 32);
  const cipherKey = derived.subarray(32, 64);
  const markKey = derived.subarray(64);
  const bound = (status: number) => Buffer.from(`${id} ${status}`);
  return {
    id,
    fingerprint: (request) => createHmac('sha256', markKey).update(request).digest('hex'),
    seal(status, body) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, cipherKey, iv).setAAD(bound(status));
      const text = Buffer.concat([cipher.update(body), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]);
    },
    open(status, sealed) {
      const iv = sealed.subarray(0, IV_BYTES);
      const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(CIPHER, cipherKey, iv).setAAD(bound(status)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    },
  };
}

/** JSON with the members of every object in one order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? ''
  );
}
