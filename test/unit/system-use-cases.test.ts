import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/access.ts';
import { createSystem } from '../../src/use-cases/system/system.ts';

const actor: Actor = {
  ...{ tokenId: 'id', name: 'bot', role: 'admin', requestId: 'r', address: '127.0.0.1' },
  ...{ permissions: null, hosts: null, stacks: null, projects: null },
};

/** The use cases over an Engine that must not be asked. */
const { readVersion, readInfo, readDiskUsage } = createSystem({
  systems: () => {
    throw new Error('the Engine was asked');
  },
  checks: [],
  clock: { now: () => new Date(), elapsed: () => 0 },
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
});

describe('Engines as a whole', () => {
  it.each([
    ['version', readVersion],
    ['info', readInfo],
    ['disk usage', readDiskUsage],
  ])('do not tell their %s to a token for another host', async (_what, read) => {
    await expect(read({ ...actor, hosts: ['build'] }, 'local')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(read({ ...actor, hosts: ['local'], stacks: null }, 'local')).rejects.toThrow(
      'the Engine was asked',
    );
  });

  it.each([
    ['info', readInfo],
    ['disk usage', readDiskUsage],
  ])('do not tell their %s to a token for some stacks, of which they tell too', async (_what, read) => {
    await expect(read({ ...actor, stacks: ['shop'] }, 'local')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
