import type { Fault } from '../domain/outcome.ts';
import type { Photo } from '../domain/photo.ts';
import type { PhotoResult, PredictionStore } from '../ports.ts';

/** What became of one batch. */
export interface LoadedBatch {
  readonly predicted: number;
  /** The photos that were rejected, with their faults. */
  readonly rejects: readonly { readonly photo: Photo; readonly fault: Fault }[];
}

/** Loads each batch in one transaction and says what it held, once it is committed. */
export async function* load(
  batches: AsyncIterable<readonly PhotoResult[]>,
  store: PredictionStore,
): AsyncGenerator<LoadedBatch> {
  for await (const batch of batches) {
    await store.load(batch);
    const rejects = batch.flatMap(({ photo, outcome }) =>
      outcome.ok ? [] : [{ photo, fault: outcome }],
    );
    yield { predicted: batch.length - rejects.length, rejects };
  }
}
