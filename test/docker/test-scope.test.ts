import { describe, expect, it } from 'vitest';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';

describe.each(engines())('a test scope on Engine $name', (engine) => {
  it('removes what it made, and what others made under its prefix or on its volumes', async () => {
    const outside: string[] = [];
    let containerId = '';
    {
      await using scope = await testScope(engine);
      const volume = await scope.createVolume();
      const network = await scope.createNetwork();
      const container = await scope.runContainer('web', { HostConfig: { NetworkMode: network.name } });
      containerId = container.id;
      expect((await engineRequest(engine.socketPath, 'GET', `/containers/${container.id}/json`)).status).toBe(
        200,
      );

      const user = await engineJson<{ Id: string }>(engine.socketPath, 'POST', '/containers/create', {
        Image: 'busybox:latest',
        HostConfig: { Binds: [`${volume}:/data`] },
      });
      const built = await engineJson<{ Id: string }>(
        engine.socketPath,
        'POST',
        `/commit?container=${container.id}&repo=${scope.name('image')}&pause=0`,
        {},
      );
      outside.push(
        `/containers/${user.Id}/json`,
        `/images/${built.Id}/json`,
        `/volumes/${volume}`,
        `/networks/${network.id}`,
      );
    }
    for (const path of [`/containers/${containerId}/json`, ...outside]) {
      expect((await engineRequest(engine.socketPath, 'GET', path)).status, path).toBe(404);
    }
  });
});
