import type { ListedVersion } from '../ledger.ts';
import type { QueuedShard } from '../ports.ts';
import type { DiscoveredPage } from './discover.ts';
import type { OpenedRun } from './open-run.ts';

/** What a run is going to do, and what it was that the source listed. */
export interface Plan {
  readonly listed: number;
  readonly alreadyDone: number;
  /** Photos in the shards. */
  readonly planned: number;
  /** Pending photos that the run's limit left for another. */
  readonly leftOut: number;
  readonly shards: number;
}

/** After each crash with a photo in hand, its next shard is this much smaller: 500, 62, 7, 1. */
const SHRINK_AFTER_CRASH = 8;

/** Cuts the pending photos into shards, in the manifest and on the queue, page by page. */
export async function planShards(
  pages: AsyncIterable<DiscoveredPage>,
  opened: OpenedRun,
  shardSize: number,
  limit = Number.POSITIVE_INFINITY,
): Promise<Plan> {
  const plan = { listed: 0, alreadyDone: 0, planned: 0, leftOut: 0, shards: 0 };
  const waiting = new Map<number, string[]>();
  const cut = async (size: number, ids: string[]) => {
    await enqueue(opened, plan.shards, ids, size);
    plan.shards += Math.ceil(ids.length / size);
  };
  for await (const page of pages) {
    plan.listed += page.listed;
    plan.alreadyDone += page.alreadyDone;
    const taken = page.pending.slice(0, Math.max(0, limit - plan.planned));
    plan.planned += taken.length;
    plan.leftOut += page.pending.length - taken.length;
    for (const [size, ids] of bySize(taken, shardSize)) {
      const all = [...(waiting.get(size) ?? []), ...ids];
      const whole = all.length - (all.length % size);
      if (whole > 0) await cut(size, all.slice(0, whole));
      waiting.set(size, all.slice(whole));
    }
  }
  for (const [size, ids] of waiting) if (ids.length > 0) await cut(size, ids);
  return plan;
}

function bySize(photos: readonly ListedVersion[], shardSize: number): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const { photoId, crashes } of photos) {
    const size = Math.max(1, Math.floor(shardSize / SHRINK_AFTER_CRASH ** crashes));
    const ids = groups.get(size);
    if (ids) ids.push(photoId);
    else groups.set(size, [photoId]);
  }
  return groups;
}

async function enqueue(
  { row, adapters }: OpenedRun,
  firstIndex: number,
  ids: readonly string[],
  size: number,
): Promise<void> {
  const chunks: string[][] = [];
  for (let from = 0; from < ids.length; from += size) chunks.push(ids.slice(from, from + size));
  const shards: QueuedShard[] = await adapters.ledger.addShards(row.runId, firstIndex, chunks);
  await adapters.queue.enqueue(row.runId, shards);
}
