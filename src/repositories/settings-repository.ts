import { eq } from 'drizzle-orm';
import type { SettingsRepository } from '../use-cases/ports/settings-repository.ts';
import { guarded } from './database-errors.ts';
import type { Handle } from './handle.ts';
import { settings } from './schema/settings.ts';

export function createSettingsRepository(db: Handle): SettingsRepository {
  const get = async (key: string) => {
    const [row] = await db.select().from(settings).where(eq(settings.key, key));
    return row?.value ?? null;
  };
  return guarded<SettingsRepository>({
    get,
    put: async (key, value) => {
      await db
        .insert(settings)
        .values({ key, value })
        .onConflictDoUpdate({ target: settings.key, set: { value } });
    },
    putIfAbsent: async (key, value) => {
      await db.insert(settings).values({ key, value }).onConflictDoNothing();
      return (await get(key)) ?? value;
    },
  });
}
