import { quietly } from './quietly.ts';

/**
 * Maps a stream with up to `concurrency` calls under way, results in the order of the input. At most
 * `concurrency` items are between input and output; a slow reader stops the reading of the input.
 * When a call throws or the reader stops, the input is closed and the calls under way are awaited.
 */
export async function* mapConcurrently<In, Out>(
  items: AsyncIterable<In>,
  concurrency: number,
  map: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const input = items[Symbol.asyncIterator]();
  const underWay: Promise<Out>[] = [];
  let ended = false;
  try {
    while (true) {
      while (!ended && underWay.length < concurrency) {
        const { value, done } = await input.next();
        if (done) ended = true;
        else underWay.push(quietly(map(value)));
      }
      const oldest = underWay.shift();
      if (!oldest) return;
      yield await oldest;
    }
  } finally {
    await Promise.allSettled(underWay);
    await input.return?.();
  }
}
