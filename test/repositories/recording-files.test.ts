import { randomUUID } from 'node:crypto';
import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRecordingFiles } from '../../src/repositories/recording-files.ts';
import { testFolder } from '../support/databases.ts';

async function read(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('recordings as files', () => {
  it('are stored in their order, told when they are, and read while they grow', async () => {
    await using folder = await testFolder();
    const store = createRecordingFiles(`${folder.path}/made/when/needed`);
    const id = randomUUID();
    const writer = await store.create(id);
    const write = (text: string) => new Promise<Error | null>((resolve) => writer.write(text, resolve));
    expect(await Promise.all([write('one\n'), write('two\n')])).toEqual([null, null]);
    expect(await read(store.read(id))).toBe('one\ntwo\n');
    await write('größe\n');
    await writer.close();
    expect(await read(store.read(id))).toBe('one\ntwo\ngröße\n');
    expect(await write('late')).toBeInstanceOf(Error);
  });

  it('belong to their owner alone', async () => {
    await using folder = await testFolder();
    const path = `${folder.path}/recordings`;
    await (await createRecordingFiles(path).create(randomUUID())).close();
    const [name = ''] = await readdir(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(`${path}/${name}`)).mode & 0o777).toBe(0o600);
  });

  it('are removed one by one, and those of long ago together; what else lies there stays', async () => {
    await using folder = await testFolder();
    const store = createRecordingFiles(folder.path);
    await expect(
      createRecordingFiles(`${folder.path}/nothing`).removeBefore(new Date()),
    ).resolves.toBeUndefined();
    const [old, recent, gone] = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of [old, recent, gone]) await (await store.create(id)).close();
    await writeFile(`${folder.path}/notes.txt`, 'mine');
    const lastYear = new Date(Date.now() - 365 * 86_400_000);
    for (const name of [`${old}.cast`, 'notes.txt'])
      await utimes(`${folder.path}/${name}`, lastYear, lastYear);
    await store.remove(gone);
    await store.remove(gone);
    await store.removeBefore(new Date(Date.now() - 86_400_000));
    expect((await readdir(folder.path)).sort()).toEqual([`${recent}.cast`, 'notes.txt'].sort());
  });

  it('refuse a name that leads elsewhere, and one that is taken', async () => {
    await using folder = await testFolder();
    const store = createRecordingFiles(folder.path);
    await expect(store.create('../../etc/passwd')).rejects.toThrow(TypeError);
    const id = randomUUID();
    await (await store.create(id)).close();
    const second = await store.create(id);
    const outcome = await new Promise<Error | null>((resolve) => second.write('x', resolve));
    expect(outcome?.message).toContain('EEXIST');
    await second.close();
  });

  it('tell the writer when the folder cannot be written to', async () => {
    await using folder = await testFolder();
    const path = `${folder.path}/file`;
    await writeFile(path, '');
    await expect(createRecordingFiles(`${path}/below`).create(randomUUID())).rejects.toThrow();
  });
});
