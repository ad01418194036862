import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { currentMigration, knownMigrations, MIGRATIONS_FOLDER } from '../../src/repositories/migrations.ts';
import { testFolder } from '../support/databases.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('The migrations', () => {
  it('are one file each, in the order of their times', () => {
    const known = knownMigrations();
    const files = readdirSync(MIGRATIONS_FOLDER).filter((name) => name.endsWith('.sql'));
    expect(files.toSorted()).toEqual(known.map(({ tag }) => `${tag}.sql`));
    // Drizzle skips one that is older than the last applied: a clock that was behind would lose it.
    const times = known.map(({ when }) => when);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect(currentMigration()).toBe(known.at(-1)?.tag);
  });

  it('lead to the tables that the code expects', async () => {
    await using folder = await testFolder();
    const copy = join(folder.path, 'drizzle');
    cpSync(MIGRATIONS_FOLDER, copy, { recursive: true });
    const before = readdirSync(copy, { recursive: true });
    const program = join(ROOT, 'node_modules', 'drizzle-kit', 'bin.cjs');
    const schema = join(ROOT, 'src', 'repositories', 'schema', '*.ts');
    const args = ['generate', '--dialect', 'postgresql', '--schema', schema, '--out', relative(ROOT, copy)];
    const said = execFileSync(process.execPath, [program, ...args], { cwd: ROOT, encoding: 'utf8' });
    expect(said).toContain('No schema changes');
    expect(readdirSync(copy, { recursive: true })).toEqual(before);
  });

  it('end each statement where the migrator splits them', () => {
    for (const { tag } of knownMigrations()) {
      const statements = readFileSync(join(MIGRATIONS_FOLDER, `${tag}.sql`), 'utf8').split(
        '--> statement-breakpoint',
      );
      for (const statement of statements) expect(statement.trim(), tag).toMatch(/;$/);
    }
  });
});
