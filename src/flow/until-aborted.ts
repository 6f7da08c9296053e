import { orAborted } from './or-aborted.ts';

/**
 * The items up to the signal, also where the next one never comes. What is being waited for then is
 * left behind; whoever opened the stream's source closes that.
 */
export async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const input = items[Symbol.asyncIterator]();
  let waiting = false;
  try {
    while (!signal.aborted) {
      let result: IteratorResult<T> | undefined;
      const next = input.next().then((value) => {
        waiting = false;
        result = value;
      });
      waiting = true;
      await orAborted(next, signal);
      if (waiting && signal.aborted) {
        next.catch(() => {});
        return;
      }
      await next; // its fault, if there was one
      if (!result || result.done) return;
      yield result.value;
    }
  } finally {
    if (!waiting) await input.return?.();
  }
}
