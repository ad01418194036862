import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What the known hosts say of a key. `changed`: they know this host by another key of the same type. */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

interface KnownKey {
  readonly revoked: boolean;
  readonly type: string;
  /** Base64, as in the file. */
  readonly key: string;
}

/** Reads keys from the text of a `known_hosts` file, hashed names, patterns and ports as OpenSSH writes them. */
export function knownKeys(text: string, host: string, port: number): readonly KnownKey[] {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === '' || fields[0]?.startsWith('#')) return [];
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names = '', type = '', key = ''] = fields;
    // Certificate authorities sign what is not checked here: such a host counts as unknown.
    if (marker !== undefined && marker !== '@revoked') return [];
    return matches(names, name) ? [{ revoked: marker === '@revoked', type, key }] : [];
  });
}

/** Judges the key that a host showed, in the SSH wire format. */
export function judgeHostKey(known: readonly KnownKey[], shown: Buffer): HostKeyVerdict {
  const key = shown.toString('base64');
  if (known.some((one) => one.revoked && one.key === key)) return 'revoked';
  if (known.some((one) => !one.revoked && one.key === key)) return 'known';
  const type = keyType(shown);
  return known.some((one) => !one.revoked && one.type === type) ? 'changed' : 'unknown';
}

/** The name of a key's type, which begins the key in the SSH wire format. */
export function keyType(key: Buffer): string {
  if (key.byteLength < 4) return '';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashedMatch(names, name);
  const patterns = names.split(',');
  const excluded = patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1), name));
  return !excluded && patterns.some((pattern) => fits(pattern, name));
}

function hashedMatch(names: string, name: string): boolean {
  const [, , salt = '', hash = ''] = names.split('|');
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.byteLength === actual.byteLength && timingSafeEqual(expected, actual);
}

/** `*` stands for any characters, `?` for one. */
function fits(pattern: string, name: string): boolean {
  const literal = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
}
