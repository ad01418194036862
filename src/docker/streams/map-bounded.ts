/**
 * As `Promise.all(items.map(run))`, with at most `limit` running at a time. After the first failure no more are begun; the
 * failure is thrown once those that run have ended.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const rest = items.entries();
  let failure: { readonly error: unknown } | undefined;
  async function work(): Promise<void> {
    for (const [index, item] of rest) {
      if (failure !== undefined) return;
      try {
        results[index] = await run(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (failure !== undefined) throw failure.error;
  return results;
}
