/** Works on a few items ahead of whoever takes the results. */

/**
 * Each item with what `work` makes of it, in order; at most `count` are worked on at once. A failure reaches the
 * taker at its item's turn.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  count: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const started: { readonly item: T; readonly result: Promise<R> }[] = [];
  for await (const item of items) {
    const result = work(item);
    // Whoever takes the result meets the failure; until then nobody waits for it.
    result.catch(() => undefined);
    started.push({ item, result });
    if (started.length < count) continue;
    const first = started.shift();
    if (first !== undefined) yield [first.item, await first.result];
  }
  for (const { item, result } of started) yield [item, await result];
}
