import { quietly } from './quietly.ts';

/**
 * Reads one item more than was asked for: while a step behind works on an item, or waits for something
 * else, those before go on with the next. What goes wrong in the input is told when its turn comes; when
 * the reader stops, the item in hand is awaited and the input closed.
 */
export async function* readAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const input = items[Symbol.asyncIterator]();
  let next = quietly(input.next());
  try {
    while (true) {
      const { value, done } = await next;
      if (done) return;
      next = quietly(input.next());
      yield value;
    }
  } finally {
    await next.catch(() => {});
    await input.return?.();
  }
}
