import { open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { OperatorError } from '../domain/operator-error.ts';
import type { Handle } from '../repositories/handle.ts';
import { exportData } from '../repositories/transfer/export-data.ts';
import type { TransferCounts } from '../repositories/transfer/format.ts';
import { attempt, withDatabase } from './attempt.ts';
import type { CommandContext } from './context.ts';

export interface ExportArguments {
  /** Where to write; `-` for the standard output. */
  readonly file: string;
}

/** `fairlead export <file|->`: writes all data of the database, as of one moment. The file appears when it is complete. */
export function exportCommand(context: CommandContext, { file }: ExportArguments): Promise<number> {
  return attempt(context, () =>
    withDatabase(context, async ({ db, kind }) => {
      const counts = file === '-' ? await toStream(db, context.stdout) : await toFile(db, file);
      context.stderr.write(`Exported ${summary(counts)} from the ${kind} database.\n`);
      return 0;
    }),
  );
}

/** Such as "3 tokens, 120 audit_events". */
export function summary(counts: TransferCounts): string {
  return Object.entries(counts)
    .map(([table, count]) => `${count} ${table}`)
    .join(', ');
}

async function toFile(db: Handle, file: string): Promise<TransferCounts> {
  const unfinished = `${file}.unfinished`;
  try {
    // It holds hashes of tokens: nobody else reads it.
    await using handle = await open(unfinished, 'w', 0o600).catch(refuse);
    const counts = await exportData(db, new Date(), (lines) => handle.appendFile(lines).catch(refuse));
    await handle.sync();
    await rename(unfinished, file);
    return counts;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function toStream(db: Handle, stream: Writable): Promise<TransferCounts> {
  // The callback of the write that failed gets the error as well.
  const ignore = () => undefined;
  stream.on('error', ignore);
  const write = (lines: string) =>
    new Promise<void>((resolve, reject) => {
      stream.write(lines, (error) => (error ? reject(error) : resolve()));
    });
  try {
    return await exportData(db, new Date(), (lines) => write(lines).catch(refuse));
  } finally {
    stream.off('error', ignore);
  }
}

function refuse(error: unknown): never {
  throw new OperatorError(
    `The export cannot be written: ${error instanceof Error ? error.message : 'it failed'}`,
  );
}
