import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint, judgeHostKey, keyType, knownKeys } from '../../../src/docker/connection/known-hosts.ts';

function key(type: string, content: string): Buffer {
  const part = (text: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, Buffer.from(text)]);
  };
  return Buffer.concat([part(type), part(content)]);
}

const ed = key('ssh-ed25519', 'one');
const other = key('ssh-ed25519', 'two');
const rsa = key('ssh-rsa', 'one');
const line = (names: string, of: Buffer, marker = '') =>
  `${marker}${names} ${keyType(of)} ${of.toString('base64')} comment\n`;
const judge = (text: string, host = 'docker.example', port = 22, shown = ed) =>
  judgeHostKey(knownKeys(text, host, port), shown);

describe('the known hosts', () => {
  it('know a host by name, whatever its case, and by each name in a list', () => {
    expect(judge(line('docker.example', ed))).toBe('known');
    expect(judge(line('other,DOCKER.example,10.0.0.1', ed))).toBe('known');
    expect(judge(line('docker.example', ed), 'Docker.Example')).toBe('known');
    expect(judge(line('docker.example.org', ed))).toBe('unknown');
    expect(judge('')).toBe('unknown');
  });

  it('know another port only in brackets', () => {
    expect(judge(line('docker.example', ed), 'docker.example', 2222)).toBe('unknown');
    expect(judge(line('[docker.example]:2222', ed), 'docker.example', 2222)).toBe('known');
    expect(judge(line('[docker.example]:2222', ed))).toBe('unknown');
  });

  it('know hashed names', () => {
    const salt = Buffer.from('0123456789abcdefghij');
    const hash = createHmac('sha1', salt).update('docker.example').digest('base64');
    expect(judge(line(`|1|${salt.toString('base64')}|${hash}`, ed))).toBe('known');
    expect(judge(line(`|1|${salt.toString('base64')}|AAAA`, ed))).toBe('unknown');
  });

  it('know patterns, and exceptions from them', () => {
    expect(judge(line('*.example', ed))).toBe('known');
    expect(judge(line('docker?example', ed))).toBe('known');
    expect(judge(line('*.example,!docker.*', ed))).toBe('unknown');
    expect(judge(line('dockerXexample', ed))).toBe('unknown');
  });

  it('tell a changed key from one that nobody has seen', () => {
    expect(judge(line('docker.example', other))).toBe('changed');
    expect(judge(line('docker.example', rsa))).toBe('unknown');
    expect(judge(line('docker.example', other) + line('docker.example', ed))).toBe('known');
  });

  it('refuse revoked keys, and do not trust what authorities sign', () => {
    expect(judge(line('docker.example', ed) + line('*', ed, '@revoked '))).toBe('revoked');
    expect(judge(line('docker.example', ed, '@cert-authority '))).toBe('unknown');
  });

  it('skip comments, blank and broken lines', () => {
    expect(judge(`# comment\n\n  \nbroken\n${line('docker.example', ed)}`)).toBe('known');
  });

  it('print keys as ssh-keygen does', () => {
    expect(fingerprint(ed)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(keyType(Buffer.alloc(2))).toBe('');
  });
});
