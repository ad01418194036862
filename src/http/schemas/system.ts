import { type TProperties, Type } from 'typebox';
import { Nullable, StringEnum } from './common.ts';

const text = () => Type.String();
const count = () => Type.Integer({ minimum: 0 });
const Titled = <P extends TProperties>(title: string, properties: P) => Type.Object(properties, { title });

export const HealthSchema = Titled('Health', { status: StringEnum(['up']) });

export const ReadinessSchema = Titled('Readiness', {
  status: StringEnum(['ready', 'not-ready']),
  checks: Type.Array(
    Type.Object({
      name: Type.String({ examples: ['database'] }),
      status: StringEnum(['up', 'down']),
      latencyMs: Type.Number({ minimum: 0 }),
      detail: Nullable(Type.String({ description: 'Why it is down.' })),
    }),
  ),
});

export const EngineVersionSchema = Titled('EngineVersion', {
  version: Type.String({ examples: ['26.1.5'] }),
  apiVersion: Type.String({ description: 'The newest API that the Engine speaks.', examples: ['1.45'] }),
  minApiVersion: text(),
  os: text(),
  arch: text(),
  kernelVersion: text(),
  goVersion: text(),
  gitCommit: text(),
  buildTime: Nullable(text()),
  components: Type.Array(Type.Object({ name: text(), version: text() })),
});

export const EngineInfoSchema = Titled('EngineInfo', {
  id: text(),
  name: text(),
  serverVersion: text(),
  operatingSystem: text(),
  osType: text(),
  architecture: text(),
  kernelVersion: text(),
  cpus: count(),
  memoryBytes: count(),
  containers: Type.Object({ total: count(), running: count(), paused: count(), stopped: count() }),
  images: count(),
  storageDriver: text(),
  loggingDriver: text(),
  cgroupDriver: text(),
  cgroupVersion: text(),
  rootDir: text(),
  swarm: text(),
  runtimes: Type.Array(text()),
  defaultRuntime: text(),
  securityOptions: Type.Array(text()),
  insecureRegistries: Type.Array(text()),
  registryMirrors: Type.Array(text()),
  labels: Type.Record(Type.String(), text()),
  liveRestore: Type.Boolean(),
  systemTime: text(),
  warnings: Type.Array(text()),
});

const DiskUsageOfSchema = Titled('DiskUsageOf', {
  count: count(),
  active: Type.Integer({ minimum: 0, description: 'How many are in use.' }),
  sizeBytes: count(),
  reclaimableBytes: count(),
});

export const DiskUsageSchema = Titled('DiskUsage', {
  images: DiskUsageOfSchema,
  containers: DiskUsageOfSchema,
  volumes: DiskUsageOfSchema,
  buildCache: DiskUsageOfSchema,
});
