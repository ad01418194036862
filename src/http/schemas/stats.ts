import { Type } from 'typebox';
import { HostQuery, Timestamp } from './common.ts';

export const StatsQuery = HostQuery({});

const bytes = (description: string) => Type.Number({ description });

export const ContainerStatsSchema = Type.Object(
  {
    containerId: Type.String(),
    name: Type.String({ examples: ['demo'] }),
    time: Timestamp,
    cpu: Type.Number({
      description:
        'Percent; 100 is one core. Since the sample before; of the first one, since the container started.',
      examples: [12.5],
    }),
    onlineCpus: Type.Integer(),
    memory: bytes('Bytes as `docker stats` counts them: without inactive file cache.'),
    memoryLimit: bytes('Bytes; the memory of the host where no limit is set.'),
    memoryPercent: Type.Number({ description: 'Of the limit.' }),
    networkRx: bytes('Bytes received since the container started.'),
    networkTx: bytes('Bytes sent.'),
    blockRead: bytes('Bytes read from block devices, where the kernel counts them.'),
    blockWrite: bytes('Bytes written.'),
    pids: Type.Integer({ description: 'Processes and threads.' }),
    networkRxRate: bytes('Bytes a second since the sample before; 0 in the first. So are all rates.'),
    networkTxRate: bytes('Bytes a second.'),
    blockReadRate: bytes('Bytes a second.'),
    blockWriteRate: bytes('Bytes a second.'),
  },
  { title: 'ContainerStats' },
);

export const HostStatsSchema = Type.Object(
  {
    time: Timestamp,
    items: Type.Array(ContainerStatsSchema, {
      description: 'The newest sample of each container that runs; one that has just started has none yet.',
    }),
  },
  { title: 'HostStats' },
);
