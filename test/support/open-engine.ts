import type { EngineAddress } from '../../src/docker/connection/address.ts';
import { type Engine, type EngineOptions, openEngine } from '../../src/docker/engine.ts';

/** `await using engine = openTestEngine({ kind: 'unix', path });`: closed with all its streams at the end of the test. */
export function openTestEngine(
  address: EngineAddress,
  options: EngineOptions = {},
): Engine & AsyncDisposable {
  const engine = openEngine('local', address, options);
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}
