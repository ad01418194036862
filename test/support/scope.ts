import { randomBytes } from 'node:crypto';
import { engineJson, engineRequest } from './engine-api.ts';
import { sweep } from './sweep.ts';
import { runId, TEST_LABEL } from './test-run.ts';
import type { TestEngine } from './testbed.ts';

/** A container that a test made. */
export interface TestContainer {
  readonly id: string;
  readonly name: string;
}

/** A corner of an Engine that belongs to one test. Disposing it removes all that carries its label or its prefix. */
export interface TestScope extends AsyncDisposable {
  readonly engine: TestEngine;
  readonly socketPath: string;
  /** Begins every name of this test; at the same time valid as a Compose project name. */
  readonly prefix: string;
  /** To be put on everything that the code under test makes. */
  readonly labels: Record<string, string>;
  /** `<prefix>-<suffix>`. */
  name(suffix: string): string;
  /**
   * Creates a container (busybox, `sleep 600`) without starting it.
   * @param body laid over the Engine's own create body; `Labels` are added to the scope's.
   */
  createContainer(suffix?: string, body?: Record<string, unknown>): Promise<TestContainer>;
  /** As `createContainer`, and starts it. */
  runContainer(suffix?: string, body?: Record<string, unknown>): Promise<TestContainer>;
  /** @returns the volume's name. */
  createVolume(suffix?: string): Promise<string>;
  createNetwork(suffix?: string): Promise<{ id: string; name: string }>;
}

/** `await using scope = await testScope(engine);` */
export async function testScope(engine: TestEngine): Promise<TestScope> {
  const { socketPath } = engine;
  const prefix = `fltest-${runId()}-${randomBytes(3).toString('hex')}`;
  // The run's own label too, so that the sweep at the end of the run finds what a killed worker left.
  const labels = { [TEST_LABEL]: runId(), 'fairlead.test.scope': prefix };
  const name = (suffix: string) => `${prefix}-${suffix}`;
  let made = 0;
  const nextSuffix = (kind: string) => `${kind}${++made}`;

  const createContainer: TestScope['createContainer'] = async (suffix = nextSuffix('c'), body = {}) => {
    const { Id } = await engineJson<{ Id: string }>(
      socketPath,
      'POST',
      `/containers/create?name=${name(suffix)}`,
      {
        Image: 'busybox:latest',
        Cmd: ['sleep', '600'],
        ...body,
        Labels: { ...(body.Labels as Record<string, string> | undefined), ...labels },
      },
    );
    return { id: Id, name: name(suffix) };
  };

  return {
    engine,
    socketPath,
    prefix,
    labels,
    name,
    createContainer,
    runContainer: async (suffix, body) => {
      const container = await createContainer(suffix, body);
      const { status, body: answer } = await engineRequest(
        socketPath,
        'POST',
        `/containers/${container.id}/start`,
      );
      if (status !== 204) throw new Error(`${container.name} did not start: ${answer.toString()}`);
      return container;
    },
    createVolume: async (suffix = nextSuffix('v')) => {
      await engineJson(socketPath, 'POST', '/volumes/create', { Name: name(suffix), Labels: labels });
      return name(suffix);
    },
    createNetwork: async (suffix = nextSuffix('n')) => {
      const { Id } = await engineJson<{ Id: string }>(socketPath, 'POST', '/networks/create', {
        Name: name(suffix),
        CheckDuplicate: true,
        Labels: labels,
      });
      return { id: Id, name: name(suffix) };
    },
    [Symbol.asyncDispose]: () => sweep(socketPath, { label: `fairlead.test.scope=${prefix}`, prefix }),
  };
}
