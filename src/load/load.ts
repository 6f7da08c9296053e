import type { Fault } from '../domain/outcome.ts';
import type { Photo } from '../domain/photo.ts';
import type { PhotoResult } from '../ports.ts';

/** What became of one batch. */
export interface LoadedBatch {
  readonly predicted: number;
  /** The photos that were rejected, with their faults. */
  readonly rejects: readonly { readonly photo: Photo; readonly fault: Fault }[];
}

/** Loads a batch in one transaction; the last one of a stream, which may be empty, is marked. */
export type LoadBatch = (results: readonly PhotoResult[], last: boolean) => Promise<void>;

/**
 * Loads each batch in one transaction and says what it held, once it is committed. A batch waits for
 * the next, as only then is it known not to be the last.
 */
export async function* load(
  batches: AsyncIterable<readonly PhotoResult[]>,
  loadBatch: LoadBatch,
): AsyncGenerator<LoadedBatch> {
  let held: readonly PhotoResult[] = [];
  for await (const batch of batches) {
    if (held.length > 0) {
      await loadBatch(held, false);
      yield summarize(held);
    }
    held = batch;
  }
  await loadBatch(held, true);
  yield summarize(held);
}

function summarize(batch: readonly PhotoResult[]): LoadedBatch {
  const rejects = batch.flatMap(({ photo, outcome }) =>
    outcome.ok ? [] : [{ photo, fault: outcome }],
  );
  return { predicted: batch.length - rejects.length, rejects };
}
