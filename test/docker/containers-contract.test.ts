import { describe } from 'vitest';
import { containersContract } from '../support/containers-contract.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';

describe.each(engines())('containers of Engine $name', (engine) => {
  containersContract(async () => {
    const scope = await testScope(engine);
    const opened = openTestEngine({ kind: 'unix', path: engine.socketPath });
    return {
      containers: opened.containers,
      prefix: scope.prefix,
      labels: scope.labels,
      create: async (suffix, labels = {}) => {
        const body = { Labels: labels, HostConfig: { NetworkMode: 'none' } };
        const { id } = await scope.createContainer(suffix, body);
        // Made behind the back of what is tested, which hears of it a moment later; asked by name, it looks at once.
        await opened.containers.find(id);
        return id;
      },
      async [Symbol.asyncDispose]() {
        await opened.close();
        await scope[Symbol.asyncDispose]();
      },
    };
  });
});
