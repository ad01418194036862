import { expect, it } from 'vitest';
import type { ContainerSummary } from '../../src/domain/container.ts';
import type { ContainerLifecycle, ContainerReader } from '../../src/use-cases/ports/containers.ts';

/** What the contract is checked against. Names begin with `prefix`; only containers with `label` belong to the test. */
export interface ContractSubject extends AsyncDisposable {
  readonly containers: ContainerReader & ContainerLifecycle;
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Makes one that sleeps, without starting it; answers its id. */
  create(suffix: string, labels?: Readonly<Record<string, string>>): Promise<string>;
}

/** Holds for every implementation of the ports: the Engine's, and the fake one that tests of use cases stand on. */
export function containersContract(subject: () => Promise<ContractSubject>): void {
  const mine = ({ labels }: ContractSubject) => ({
    label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  });
  const states = async (one: ContractSubject) =>
    (await one.containers.list({ all: true, filters: mine(one) })).map(({ state }) => state);

  it('lists what runs, or all, newest first, and what fits the filters', async () => {
    await using one = await subject();
    const { containers } = one;
    const first = await one.create('a', { role: 'web' });
    const second = await one.create('b', { role: 'db' });
    await containers.start(first);
    const ids = (list: readonly ContainerSummary[]) => list.map(({ id }) => id);
    const filters = mine(one);
    expect(ids(await containers.list({ filters }))).toEqual([first]);
    expect(ids(await containers.list({ all: true, filters }))).toEqual([second, first]);
    expect(ids(await containers.list({ filters: { ...filters, status: ['created'] } }))).toEqual([second]);
    expect(ids(await containers.list({ limit: 1, filters }))).toEqual([second]);
    const web = { label: [...filters.label, 'role=web'] };
    expect(ids(await containers.list({ all: true, filters: web }))).toEqual([first]);
  });

  it('gives the same array as long as nothing changes, and another one when something does', async () => {
    await using one = await subject();
    await one.create('a');
    const before = await one.containers.list({ all: true });
    expect(await one.containers.list({ all: true })).toBe(before);
    await one.containers.start(`${one.prefix}-a`);
    const after = await one.containers.list({ all: true });
    expect(after).not.toBe(before);
  });

  it('finds a container by name, by id and by the beginning of an id', async () => {
    await using one = await subject();
    const { containers, prefix } = one;
    const id = await one.create('a');
    for (const ref of [`${prefix}-a`, `/${prefix}-a`, id, id.slice(0, 20)]) {
      expect((await containers.find(ref)).id, ref).toBe(id);
      expect((await containers.get(ref)).id, ref).toBe(id);
      expect(await containers.raw(ref), ref).toMatchObject({ Id: id, Name: `/${prefix}-a` });
    }
  });

  it('says that there is no such container, whatever was to be done with it', async () => {
    await using one = await subject();
    const { containers } = one;
    const none = `${one.prefix}-none`;
    for (const call of [
      () => containers.find(none),
      () => containers.get(none),
      () => containers.raw(none),
      () => containers.top(none),
      () => containers.changes(none),
      () => containers.start(none),
      () => containers.stop(none),
      () => containers.restart(none),
      () => containers.kill(none),
      () => containers.pause(none),
      () => containers.unpause(none),
      () => containers.remove(none),
    ]) {
      await expect(call(), call.toString()).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
    }
  });

  it('refuses what is neither a name nor an id, before anything is asked for', async () => {
    await using one = await subject();
    for (const ref of ['', 'x/../../version?', 'json?all=1&x=', 'a b']) {
      for (const call of [
        one.containers.find,
        one.containers.get,
        one.containers.start,
        one.containers.remove,
      ]) {
        await expect(call(ref), ref).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
      }
    }
  });

  it('shows in the next list what was done', async () => {
    await using one = await subject();
    const { containers } = one;
    const id = await one.create('a');
    expect(await states(one)).toEqual(['created']);
    await containers.start(id);
    expect(await states(one)).toEqual(['running']);
    await containers.pause(id);
    expect(await states(one)).toEqual(['paused']);
    await containers.unpause(id);
    expect(await states(one)).toEqual(['running']);
    await containers.kill(id);
    expect(await states(one)).toEqual(['exited']);
    await containers.restart(id);
    expect(await states(one)).toEqual(['running']);
    await containers.stop(id, { timeoutSeconds: 0 });
    expect(await states(one)).toEqual(['exited']);
    await containers.remove(id);
    expect(await states(one)).toEqual([]);
  });

  it('leaves alone what is already as it should be', async () => {
    await using one = await subject();
    const { containers } = one;
    const id = await one.create('a');
    await containers.stop(id);
    await containers.start(id);
    const { startedAt } = await containers.find(id);
    await containers.start(id);
    expect((await containers.find(id)).startedAt).toBe(startedAt);
    await containers.unpause(id);
    await containers.pause(id);
    await containers.pause(id);
    await containers.unpause(id);
    await containers.stop(id, { timeoutSeconds: 0 });
    await containers.stop(id);
  });

  it('refuses what the state does not allow', async () => {
    await using one = await subject();
    const { containers } = one;
    const id = await one.create('a');
    for (const call of [
      () => containers.kill(id),
      () => containers.pause(id),
      () => containers.unpause(id),
      () => containers.top(id),
    ]) {
      await expect(call(), call.toString()).rejects.toMatchObject({ code: 'CONTAINER_NOT_RUNNING' });
    }
    await containers.start(id);
    await expect(containers.remove(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await containers.pause(id);
    await expect(containers.start(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await containers.remove(id, { force: true });
    expect(await states(one)).toEqual([]);
  });

  it('tells of its runs when they began, ended and how', async () => {
    await using one = await subject();
    const { containers } = one;
    const id = await one.create('a');
    expect(await containers.find(id)).toMatchObject({ startedAt: null, finishedAt: null, exitCode: null });
    await containers.start(id);
    const running = await containers.find(id);
    expect(Date.parse(running.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(running.createdAt));
    expect(running).toMatchObject({ finishedAt: null, exitCode: null });
    expect((await containers.get(id)).pid).toBeGreaterThan(0);
    await containers.kill(id);
    expect(await containers.find(id)).toMatchObject({ exitCode: 137, finishedAt: expect.any(String) });
    expect((await containers.get(id)).pid).toBeNull();
  });

  it("throws the signal's reason when the caller gave up", async () => {
    await using one = await subject();
    const id = await one.create('a');
    const reason = new Error('gave up');
    const signal = AbortSignal.abort(reason);
    const { containers } = one;
    await expect(containers.list({}, signal)).rejects.toBe(reason);
    await expect(containers.find(id, signal)).rejects.toBe(reason);
    await expect(containers.start(id, signal)).rejects.toBe(reason);
    expect(await states(one)).toEqual(['created']);
  });
}
