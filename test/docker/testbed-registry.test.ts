import { describe, expect, it } from 'vitest';
import { registry } from '../support/testbed.ts';

describe('the registry of the test bed', () => {
  it('answers only to its login', async () => {
    const { address, username, password } = registry();
    const login = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    const status = async (headers: Record<string, string>) =>
      (await fetch(`http://${address}/v2/`, { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status(login(`${username}:wrong`))).toBe(401);
    expect(await status(login(`${username}:${password}`))).toBe(200);
  });
});
