import { engineJson, engineRequest } from './engine-api.ts';
import { waitFor } from './wait-for.ts';

/** Which objects of an Engine belong to a test: those with this label or a name that begins like this. */
export interface Belongings {
  /** `key=value`. */
  readonly label: string;
  readonly prefix: string;
}

interface ListedContainer {
  Id: string;
  Names: string[] | null;
  Labels: Record<string, string> | null;
}
interface ListedNetwork {
  Id: string;
  Name: string;
  Labels: Record<string, string> | null;
}
interface ListedVolume {
  Name: string;
  Labels: Record<string, string> | null;
}
interface ListedImage {
  Id: string;
  RepoTags: string[] | null;
  Labels: Record<string, string> | null;
}

/**
 * Removes every container, network, volume and image that belongs to a test, and the containers of others that use one of
 * its volumes (helpers that the server made).
 * @throws Error when something is still there after 30 s.
 */
export async function sweep(socketPath: string, { label, prefix }: Belongings): Promise<void> {
  const [key = '', value] = label.split('=', 2);
  const belongs = (labels: Record<string, string> | null, ...names: string[]) =>
    labels?.[key] === value || names.some((name) => name.startsWith(prefix));
  const get = <T>(path: string) => engineJson<T>(socketPath, 'GET', path);
  // 404 is gone already, 409 is being removed or still in use: the next round sees which.
  const remove = (path: string) => engineRequest(socketPath, 'DELETE', path);

  const round = async (): Promise<boolean> => {
    const { Volumes } = await get<{ Volumes: ListedVolume[] | null }>('/volumes');
    const volumes = (Volumes ?? []).filter((volume) => belongs(volume.Labels, volume.Name));
    const using = encodeURIComponent(JSON.stringify({ volume: volumes.map((volume) => volume.Name) }));
    const users =
      volumes.length > 0 ? await get<ListedContainer[]>(`/containers/json?all=1&filters=${using}`) : [];
    const containers = (await get<ListedContainer[]>('/containers/json?all=1'))
      .filter((one) => belongs(one.Labels, ...(one.Names ?? []).map((name) => name.replace(/^\//, ''))))
      .concat(users);
    await Promise.all(containers.map((one) => remove(`/containers/${one.Id}?force=1&v=1`)));

    const networks = (await get<ListedNetwork[]>('/networks')).filter((one) => belongs(one.Labels, one.Name));
    const images = (await get<ListedImage[]>('/images/json')).filter((one) =>
      belongs(one.Labels, ...(one.RepoTags ?? [])),
    );
    await Promise.all([
      ...networks.map((one) => remove(`/networks/${one.Id}`)),
      ...volumes.map((one) => remove(`/volumes/${encodeURIComponent(one.Name)}?force=1`)),
      ...images.flatMap((one) => {
        const tags = (one.RepoTags ?? []).filter((tag) => tag.startsWith(prefix));
        return (tags.length > 0 ? tags : [one.Id]).map((name) => remove(`/images/${name}?force=1`));
      }),
    ]);
    return containers.length + networks.length + volumes.length + images.length === 0;
  };
  await waitFor(round, { what: `everything of ${prefix} to be removed`, timeoutMs: 30_000 });
}
