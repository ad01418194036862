import { describe, expect, it } from 'vitest';
import { containersContract } from '../support/containers-contract.ts';
import { createFakeContainers } from '../support/fake-containers.ts';

describe('containers in memory', () => {
  containersContract(async () => {
    const containers = createFakeContainers();
    const labels = { scope: 'mine' };
    containers.add({ name: 'of-somebody-else', state: 'running' });
    return {
      containers,
      prefix: 'test',
      labels,
      create: async (suffix, more = {}) =>
        containers.add({ name: `test-${suffix}`, labels: { ...labels, ...more } }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  });

  it('can be lost and come back', async () => {
    const containers = createFakeContainers();
    containers.lose(true);
    await expect(containers.list()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    containers.lose(false);
    expect(await containers.list()).toEqual([]);
  });
});
