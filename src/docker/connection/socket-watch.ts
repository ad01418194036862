import { type FSWatcher, watch } from 'node:fs';
import type { EngineAddress } from './address.ts';

/**
 * Tells when an Engine's unix socket is taken away or replaced, which an Engine does at once when it shuts down, while
 * its streams may go on for many seconds. Other addresses have nothing to watch. Returns what ends it.
 */
export function watchSocket(address: EngineAddress, onChange: () => void): () => void {
  if (address.kind !== 'unix') return () => undefined;
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(address.path, { persistent: false }, onChange);
    // Watches are few on some machines; without one the next ping finds out.
    watcher.on('error', () => watcher?.close());
  } catch {
    // The socket is not there: the caller will find that out by using it.
  }
  return () => watcher?.close();
}
