import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { EMBEDDED_POSTGRESQL } from './cluster.ts';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

// A freshly made cluster, packed at build time. Unpacking it takes a fraction of the time and memory of initdb.
// One file, because packages lose the empty folders that PostgreSQL insists on; and no tar, because what reads it is
// shorter than what would be imported: a line of JSON that lists the entries, then their bytes in that order.

interface Entry {
  /** Relative, with `/`. */
  readonly path: string;
  /** Bytes; `null` for a folder. */
  readonly size: number | null;
}

/** Where the build puts the template; found from `src` as from `dist`. One of another version is not found. */
export const TEMPLATE_FILE = fileURLToPath(
  new URL(`../../../dist/database-template-${EMBEDDED_POSTGRESQL}.br`, import.meta.url),
);

/** Packs a closed cluster into `file`. */
export async function packTemplate(cluster: string, file: string): Promise<void> {
  const entries: Entry[] = [];
  const contents: Buffer[] = [];
  // Sorted, so that a folder comes before what is in it.
  for (const path of (await readdir(cluster, { recursive: true })).sort()) {
    const isFolder = (await stat(join(cluster, path))).isDirectory();
    const content = isFolder ? null : await readFile(join(cluster, path));
    entries.push({ path, size: content?.length ?? null });
    if (content !== null) contents.push(content);
  }
  const whole = Buffer.concat([Buffer.from(`${JSON.stringify(entries)}\n`), ...contents]);
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 9 };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await compress(whole, { params }));
}

/**
 * Unpacks the template into the new folder `target`.
 *
 * @returns false, with nothing done, when the build has made no template
 */
export async function unpackTemplate(target: string, file: string = TEMPLATE_FILE): Promise<boolean> {
  if (!existsSync(file)) return false;
  const whole = await decompress(await readFile(file));
  const end = whole.indexOf('\n');
  let offset = end + 1;
  // Synchronous: a thousand small files are written three times as fast, and nothing else runs yet.
  mkdirSync(target);
  for (const { path, size } of JSON.parse(whole.toString('utf8', 0, end)) as Entry[]) {
    const destination = join(target, path);
    if (size === null) mkdirSync(destination);
    else writeFileSync(destination, whole.subarray(offset, offset + size));
    offset += size ?? 0;
  }
  return true;
}
