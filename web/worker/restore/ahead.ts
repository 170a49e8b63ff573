/** Reads up to `count` items ahead of the consumer. */
export async function* ahead<T>(items: AsyncGenerator<T>, count: number): AsyncGenerator<T> {
  const queue: Promise<IteratorResult<T>>[] = [];
  const pull = (): void => {
    const next = items.next();
    next.catch(() => undefined);
    queue.push(next);
  };
  for (let i = 0; i < count; i++) pull();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const result = await next;
    if (result.done === true) return;
    pull();
    yield result.value;
  }
}
