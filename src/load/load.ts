import type { PhotoResult, PredictionStore } from '../ports.ts';

/** What became of one batch. */
export interface LoadCounts {
  readonly predicted: number;
  readonly rejected: number;
}

/** Loads each batch in one transaction and says what it held, once it is committed. */
export async function* load(
  batches: AsyncIterable<readonly PhotoResult[]>,
  store: PredictionStore,
): AsyncGenerator<LoadCounts> {
  for await (const batch of batches) {
    await store.load(batch);
    const predicted = batch.filter(({ outcome }) => outcome.ok).length;
    yield { predicted, rejected: batch.length - predicted };
  }
}
