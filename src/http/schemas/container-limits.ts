import { Type } from 'typebox';
import { RESTART_POLICIES } from '../../domain/container.ts';
import { Strict, StringEnum } from './common.ts';

const bytes = (description: string, minimum = 0) => Type.Optional(Type.Integer({ minimum, description }));

/** Limits, in what is asked for and in what is answered. */
export const ResourcesSchema = Strict(
  {
    memoryBytes: bytes('The Engine takes no less than 6 MiB.'),
    memoryReservationBytes: bytes('What it is pressed down to when the host runs short.'),
    memorySwapBytes: bytes('Memory and swap together; -1 for swap without limit.', -1),
    cpus: Type.Optional(Type.Number({ minimum: 0, description: 'Cores.', examples: [0.5] })),
    cpuShares: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Weight against other containers; 1024 is the usual.' }),
    ),
    cpusetCpus: Type.Optional(
      Type.String({
        pattern: '^[0-9,-]*$',
        maxLength: 256,
        description: 'Which cores.',
        examples: ['0-2,4'],
      }),
    ),
    pidsLimit: Type.Optional(
      Type.Integer({ minimum: -1, description: 'Processes and threads; -1 for no limit.' }),
    ),
  },
  { title: 'ContainerResources', description: 'A limit that is missing is not set.' },
);

export const RestartPolicySchema = Strict(
  {
    name: StringEnum(RESTART_POLICIES),
    maximumRetryCount: Type.Optional(
      Type.Integer({ minimum: 0, description: 'With `on-failure`; 0 for no limit.' }),
    ),
  },
  { title: 'RestartPolicy' },
);
