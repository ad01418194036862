import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSettingsRepository } from '../../src/repositories/settings-repository.ts';
import type { SettingsRepository } from '../../src/use-cases/ports/settings-repository.ts';
import { DATABASES, type OpenTestDatabase } from '../support/databases.ts';

describe.each(DATABASES)('Settings in the $kind database', ({ open }) => {
  let opened: OpenTestDatabase;
  let repository: SettingsRepository;

  beforeAll(async () => {
    opened = await open();
    repository = createSettingsRepository(opened.database.db);
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  it('are null until they are put, and then what was put last', async () => {
    const key = randomUUID();
    expect(await repository.get(key)).toBeNull();
    await repository.put(key, 'one');
    await repository.put(key, '');
    expect(await repository.get(key)).toBe('');
  });

  it('put by many servers at their first start have one value for all', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => repository.putIfAbsent(key, `server ${index}`)),
    );
    expect(new Set(answers).size).toBe(1);
    expect(await repository.get(key)).toBe(answers[0]);
  });
});
