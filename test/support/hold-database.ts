// A process of its own for tests that need one: opens the embedded database in the folder that is its argument and keeps
// it until its standard input ends. Prints `held`, or why not.
import { openDatabase } from '../../src/repositories/database.ts';
import { createSettingsRepository } from '../../src/repositories/settings-repository.ts';

const [dataDir = '', task = 'hold'] = process.argv.slice(2);
try {
  const database = await openDatabase({ databaseUrl: null, dataDir });
  console.log('held');
  if (task === 'write') {
    const settings = createSettingsRepository(database.db);
    // Each number is told only when it is stored.
    for (let count = Number((await settings.get('count')) ?? 0) + 1; ; count++) {
      await settings.put('count', String(count));
      console.log(count);
    }
  }
  process.stdin.resume();
  process.stdin.on('end', () => void database.close());
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
