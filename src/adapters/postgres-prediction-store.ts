import { toPhotoRow, toPredictionRows, toRejectRows } from '../load/result-rows.ts';
import type { PhotoResult, PredictionStore, RunKeys } from '../ports.ts';
import { type Database, sql } from './postgres-database.ts';

/** How a run's results are written. */
export interface PredictionStoreOptions extends RunKeys {
  /** Runs that may try a photo before any reject of it is final. */
  readonly maxAttempts: number;
}

/** Writes a run's results into `photos`, `predictions` and `rejects`. */
export class PostgresPredictionStore implements PredictionStore {
  readonly #database: Database;
  readonly #options: PredictionStoreOptions;

  constructor(database: Database, options: PredictionStoreOptions) {
    this.#database = database;
    this.#options = options;
  }

  async load(results: readonly PhotoResult[]): Promise<void> {
    // In the order of ids, so that two workers with the same photos wait for each other, not deadlock.
    const sorted = results.toSorted((a, b) => Number(BigInt(a.photo.id) - BigInt(b.photo.id)));
    const photos = JSON.stringify(sorted.map(toPhotoRow));
    const predictions = JSON.stringify(toPredictionRows(sorted));
    const rejects = JSON.stringify(toRejectRows(sorted));
    const { modelVersionId, runId, regionSnapshotId, maxAttempts } = this.#options;
    await this.#database.transaction(async (client) => {
      await client.query(sql('load-photos'), [photos]);
      await client.query(sql('load-predictions'), [
        predictions,
        modelVersionId,
        runId,
        regionSnapshotId,
      ]);
      await client.query(sql('load-rejects'), [rejects, modelVersionId, runId, maxAttempts]);
    });
  }
}
