import type { MarkedProcess } from '../../use-cases/ports/exec.ts';
import type { EngineLink } from '../connection/link.ts';
import { createDemultiplexer } from '../streams/demultiplexer.ts';
import { REAPER_SCRIPT } from './reaper-script.ts';

export type HelperOutcome = { readonly kind: 'ran'; readonly output: string } | { readonly kind: 'no-image' };

/** Images with a shell whose presence is looked for; nothing is pulled. */
const IMAGES = ['busybox', 'alpine'];
const REMOVE_DEADLINE_MS = 10_000;

/**
 * Runs the reaper beside a container that has no shell: in a container of its own that shares only the processes. It has no
 * network, a read-only root, and no capabilities but those to read the environment of the others and to signal them.
 */
export async function runReaperHelper(
  { call, transport }: EngineLink,
  { containerId, token }: MarkedProcess,
  signal: AbortSignal,
): Promise<HelperOutcome> {
  const subject = { type: 'container', ref: containerId } as const;
  const image = await findImage();
  if (image === undefined) return { kind: 'no-image' };

  const { id } = await call(
    subject,
    (docker, abortSignal) =>
      docker.createContainer({ _query: {}, _body: helper(image), abortSignal } as object),
    { signal },
  );
  try {
    await call(subject, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), { signal });
    await call(subject, (docker, abortSignal) => docker.getContainer(id).wait({ abortSignal }), {
      signal,
      deadlineMs: null,
    });
    return { kind: 'ran', output: await output() };
  } finally {
    // Also when the caller has given up: nobody else knows of it.
    await call(
      subject,
      (docker, abortSignal) => docker.getContainer(id).remove({ force: true, abortSignal }),
      {
        deadlineMs: REMOVE_DEADLINE_MS,
      },
    );
  }

  async function findImage(): Promise<string | undefined> {
    const filters = JSON.stringify({ reference: IMAGES });
    const images = await call(
      { type: 'system', ref: 'images' },
      (docker, abortSignal) => docker.listImages({ filters, abortSignal }),
      { signal },
    );
    return images[0]?.Id;
  }

  function helper(imageId: string): object {
    return {
      Image: imageId,
      Entrypoint: ['sh', '-c', REAPER_SCRIPT, 'fairlead-reaper', token],
      Cmd: [],
      User: '0:0',
      Labels: { 'fairlead.helper': 'reaper' },
      HostConfig: {
        PidMode: `container:${containerId}`,
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: ['KILL', 'SYS_PTRACE', 'DAC_READ_SEARCH'],
        SecurityOpt: ['no-new-privileges'],
        LogConfig: { Type: 'json-file' },
      },
    };
  }

  async function output(): Promise<string> {
    const { body } = await transport.open({
      method: 'GET',
      path: `/containers/${id}/logs`,
      query: { stdout: 1 },
      subject,
      signal,
    });
    const chunks: Buffer[] = [];
    const demultiplexer = createDemultiplexer((_, bytes) => void chunks.push(bytes));
    for await (const chunk of body as AsyncIterable<Buffer>) demultiplexer.push(chunk);
    return Buffer.concat(chunks).toString();
  }
}
