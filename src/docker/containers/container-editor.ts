import { toEngineResources, toEngineRestartPolicy } from '../../domain/engine-create.ts';
import { FairleadError } from '../../domain/errors.ts';
import type {
  ContainerCommitter,
  ContainerEditor,
  ContainerPruner,
} from '../../use-cases/ports/containers.ts';
import { defined } from '../connection/defined.ts';
import type { EngineLink } from '../connection/link.ts';
import { reference } from '../connection/reference.ts';
import type { ContainerCall } from './container-call.ts';
import type { FindContainer } from './container-find.ts';
import type { ContainerSnapshot } from './snapshot.ts';

const PRUNE_DEADLINE_MS = 600_000;

/** Changes containers that exist. */
export function createEditor(call: ContainerCall): ContainerEditor {
  return {
    async rename(ref, name, signal) {
      const run: Parameters<ContainerCall>[1] = (container, abortSignal) => {
        const options: object = { _query: { name: reference(name) }, _body: {}, abortSignal };
        return container.rename(options as { name: string });
      };
      try {
        await call(ref, run, { signal });
      } catch (error) {
        // It has the name already.
        if (error instanceof FairleadError && /same name as its current/i.test(error.message)) return;
        throw error;
      }
    },
    async update(ref, { resources = {}, restartPolicy }, signal) {
      let warnings: readonly string[] = [];
      const body = defined({
        ...toEngineResources(resources),
        RestartPolicy: restartPolicy && toEngineRestartPolicy(restartPolicy),
      });
      const run: Parameters<ContainerCall>[1] = async (container, abortSignal) => {
        const answer = (await container.update({ _body: body, abortSignal })) as {
          Warnings?: string[] | null;
        };
        warnings = answer.Warnings ?? [];
      };
      await call(ref, run, { signal });
      return { warnings };
    },
  };
}

/** Makes images of containers. */
export function createCommitter(link: EngineLink, find: FindContainer): ContainerCommitter {
  return {
    async commit(ref, options, signal) {
      const { id } = await find(ref, signal);
      const query = defined({
        container: id,
        repo: options.repository,
        tag: options.tag,
        comment: options.comment,
        author: options.author,
        pause: options.pause ?? true,
        changes: options.changes,
      });
      const answer = await link.call(
        { type: 'container', ref },
        (docker, abortSignal) => {
          // What is not in `_body` would be taken for the new image's configuration.
          const call: object = { _query: query, _body: {}, abortSignal };
          return docker.getContainer(id).commit(call);
        },
        // As long as the container's own files are many.
        { signal, deadlineMs: null },
      );
      return { imageId: (answer as { Id: string }).Id };
    },
  };
}

export function createPruner(link: EngineLink, snapshot: ContainerSnapshot): ContainerPruner {
  return {
    async prune(filters = {}, signal) {
      try {
        const answer = await link.call(
          { type: 'system', ref: 'containers' },
          (docker, abortSignal) => {
            const options: object = { _query: { filters: JSON.stringify(filters) }, _body: {}, abortSignal };
            return docker.pruneContainers(options);
          },
          { signal, deadlineMs: PRUNE_DEADLINE_MS },
        );
        return { removed: answer.ContainersDeleted ?? [], reclaimedBytes: answer.SpaceReclaimed ?? 0 };
      } finally {
        await snapshot.refreshAll().catch(() => undefined);
      }
    },
  };
}
