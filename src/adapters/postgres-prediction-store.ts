import { toPhotoRow, toPredictionRows, toRejectRows } from '../load/result-rows.ts';
import type { PhotoResult, PredictionStore, RunKeys, ShardClaim } from '../ports.ts';
import type { ShardFence } from './pg-boss-queue.ts';
import { type Database, type Queryable, sql } from './postgres-database.ts';

/** How a run's results are written. */
export interface PredictionStoreOptions extends RunKeys {
  /** Runs that may try a photo before any reject of it is final. */
  readonly maxAttempts: number;
}

/** Writes a run's results into `photos`, `predictions` and `rejects`. */
export class PostgresPredictionStore implements PredictionStore {
  readonly #database: Database;
  readonly #fence: ShardFence;
  readonly #options: PredictionStoreOptions;

  constructor(database: Database, fence: ShardFence, options: PredictionStoreOptions) {
    this.#database = database;
    this.#fence = fence;
    this.#options = options;
  }

  async load(shard: ShardClaim, results: readonly PhotoResult[], last: boolean): Promise<void> {
    await this.#database.transaction(async (client) => {
      await this.#fence.hold(client, shard);
      if (results.length > 0) await this.#write(client, results);
      if (last) await this.#fence.finish(client, shard);
    });
  }

  async #write(client: Queryable, results: readonly PhotoResult[]): Promise<void> {
    // In the order of ids, so that two runs with the same photos wait for each other, not deadlock.
    const sorted = results.toSorted((a, b) => Number(BigInt(a.photo.id) - BigInt(b.photo.id)));
    const { modelVersionId, runId, regionSnapshotId, reprocess, maxAttempts } = this.#options;
    const predictions = toPredictionRows(sorted);
    const rejects = toRejectRows(sorted);
    await client.query(sql('load-photos'), [JSON.stringify(sorted.map(toPhotoRow))]);
    if (predictions.length > 0) {
      await client.query(sql('load-predictions'), [
        JSON.stringify(predictions),
        modelVersionId,
        runId,
        regionSnapshotId,
        reprocess,
      ]);
    }
    if (rejects.length > 0) {
      await client.query(sql('load-rejects'), [
        JSON.stringify(rejects),
        modelVersionId,
        runId,
        maxAttempts,
        reprocess,
      ]);
    }
  }
}
