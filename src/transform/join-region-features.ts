import { LRUCache } from 'lru-cache';
import type { InHand } from '../domain/in-hand.ts';
import type { RegionalFeatures, RegionQuery } from '../domain/region.ts';
import type { RegionStore } from '../ports.ts';

/** What a photo's place says, or null: no position, no snapshot, or an unsurveyed place. */
export interface Located {
  readonly regional: RegionalFeatures | null;
}

/** Answers of one snapshot for one model, by cell and month; `null` for an unsurveyed place. */
export type RegionCache = LRUCache<string, { readonly features: RegionalFeatures | null }>;

/** Bytes that a run's cache of regional features may hold. */
const CACHE_BYTES = 64 * 2 ** 20;
const ENTRY_BYTES = 200;

/** A cache for one run: bounded in bytes, the least recently asked places go first. */
export function createRegionCache(): RegionCache {
  return new LRUCache({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ features }) => ENTRY_BYTES + (features?.presence.byteLength ?? 0),
  });
}

/**
 * Joins each batch with the region: one statement for the distinct cells and months that the run has
 * not asked about yet, however many photos share them.
 */
export async function* joinRegionFeatures<T>(
  batches: AsyncIterable<readonly InHand<T>[]>,
  regions: RegionStore | null,
  cache: RegionCache,
): AsyncGenerator<InHand<T & Located>[]> {
  for await (const batch of batches) {
    const features = regions ? await fetchBatch(batch, regions, cache) : new Map();
    yield batch.map((photo) => {
      if (!photo.outcome.ok) return { ...photo, outcome: photo.outcome };
      const query = regions && queryOf(photo, regions);
      const regional = query ? (features.get(keyOf(query)) ?? null) : null;
      return { ...photo, outcome: { ...photo.outcome, regional } };
    });
  }
}

async function fetchBatch(
  batch: readonly InHand<unknown>[],
  regions: RegionStore,
  cache: RegionCache,
): Promise<Map<string, RegionalFeatures | null>> {
  const answers = new Map<string, RegionalFeatures | null>();
  const missing = new Map<string, RegionQuery>();
  for (const photo of batch) {
    const query = photo.outcome.ok && queryOf(photo, regions);
    if (!query) continue;
    const cached = cache.get(keyOf(query));
    if (cached) answers.set(keyOf(query), cached.features);
    else missing.set(keyOf(query), query);
  }
  if (missing.size === 0) return answers;
  const fetched = await regions.fetchFeatures([...missing.values()]);
  for (const [at, key] of [...missing.keys()].entries()) {
    const features = fetched[at] ?? null;
    answers.set(key, features);
    cache.set(key, { features });
  }
  return answers;
}

function queryOf(photo: InHand<unknown>, regions: RegionStore): RegionQuery | null {
  if (!photo.cell) return null;
  const local = photo.metadata?.captureTime.local;
  const month = regions.hasMonths && local ? Number(local.slice(5, 7)) : 0;
  return { cell: regions.coarsen(photo.cell), month };
}

function keyOf({ cell, month }: RegionQuery): string {
  return `${cell}/${month}`;
}
