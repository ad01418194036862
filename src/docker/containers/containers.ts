import type {
  ContainerArchive,
  ContainerCommitter,
  ContainerEditor,
  ContainerFactory,
  ContainerLifecycle,
  ContainerPruner,
  ContainerReader,
  ContainerWaiter,
} from '../../use-cases/ports/containers.ts';
import type { EngineLink } from '../connection/link.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { createArchive } from './container-archive.ts';
import { createContainerCall } from './container-call.ts';
import { createFactory } from './container-create.ts';
import { createCommitter, createEditor, createPruner } from './container-editor.ts';
import { createFind } from './container-find.ts';
import { createLifecycle } from './container-lifecycle.ts';
import { createList } from './container-list.ts';
import { createReader } from './container-reader.ts';
import type { ContainerSource } from './container-source.ts';
import { createStop } from './container-stop.ts';
import { createWaiter } from './container-wait.ts';
import type { ContainerSnapshot } from './snapshot.ts';

/** All that can be done with the containers of one Engine. */
export interface Containers
  extends ContainerReader,
    ContainerLifecycle,
    ContainerFactory,
    ContainerEditor,
    ContainerCommitter,
    ContainerWaiter,
    ContainerArchive,
    ContainerPruner {}

export interface ContainersDeps {
  readonly link: EngineLink;
  readonly monitor: EngineMonitor;
  readonly source: ContainerSource;
  readonly snapshot: ContainerSnapshot;
}

export function createContainers({ link, monitor, source, snapshot }: ContainersDeps): Containers {
  const find = createFind(snapshot, source);
  // When it fails the snapshot knows that it knows too little, and reads all anew before it shows anything.
  const shown = (id: string) => snapshot.refresh(id).catch(() => undefined);
  const call = createContainerCall(link, find, shown);
  const waiter = createWaiter(link, monitor, find);
  const lifecycle = createLifecycle(call, find, createStop({ link, source, find, call, waiter }));
  const remove = (id: string) => lifecycle.remove(id, { force: true, volumes: true });

  return {
    list: createList(snapshot, source),
    find,
    ...createReader(link, source, find),
    ...lifecycle,
    ...createFactory({ link, shown, remove }),
    ...createEditor(call),
    ...createCommitter(link, find),
    ...waiter,
    ...createArchive(link, find),
    ...createPruner(link, snapshot),
  };
}
