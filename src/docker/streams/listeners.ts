/** Whoever wants to be told of something, in the order in which they came. */
export interface Listeners<T> {
  /** Returns what ends it. */
  add(listener: (value: T) => void): () => void;
  /** Tells all, before it returns. */
  tell(value: T): void;
}

export function createListeners<T>(): Listeners<T> {
  const all = new Set<{ readonly listener: (value: T) => void }>();
  return {
    add(listener) {
      const entry = { listener };
      all.add(entry);
      return () => void all.delete(entry);
    },
    tell(value) {
      for (const { listener } of all) listener(value);
    },
  };
}
