import { parseArgs } from 'node:util';
import type { Soak } from './soak.ts';
import { crashLoop } from './soaks/crash-loop.ts';
import { engineRestarts } from './soaks/engine-restarts.ts';
import { execDrops } from './soaks/exec-drops.ts';
import { mixedViewers } from './soaks/mixed-viewers.ts';
import { shutdown } from './soaks/shutdown.ts';

const SOAKS: readonly Soak[] = [execDrops, shutdown, crashLoop, engineRestarts, mixedViewers];

/** `npm run soak -- [--short] [name...]`; the last line is "N passed, N failed". */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !SOAKS.some((soak) => soak.name === name));
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', ')}, but ${SOAKS.map((soak) => soak.name).join(', ')}`);
  }
  let passed = 0;
  let failed = 0;
  for (const soak of SOAKS) {
    if (positionals.length > 0 && !positionals.includes(soak.name)) continue;
    const began = performance.now();
    const took = () => `(${((performance.now() - began) / 1000).toFixed(0)} s)`;
    try {
      console.log(`ok      ${soak.name}: ${await soak.run(values)} ${took()}`);
      passed += 1;
    } catch (error) {
      console.log(`FAILED  ${soak.name}: ${reason(error)} ${took()}`);
      failed += 1;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** An error with what caused it. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}; ${reason(error.cause)}`;
}

process.exitCode = await main();
