import type { Plan } from '../ledger.ts';
import type { OpenedRun } from './open-run.ts';
import type { SelectedPhoto } from './select-photos.ts';

/** After each crash with a photo in hand, its next shard is this much smaller: 500, 62, 7, 1. */
const SHRINK_AFTER_CRASH = 8;

/** The plan of a run that is taken up again, its open shards queued anew; null where it never had one. */
export async function takeUpPlan({ row, run, adapters }: OpenedRun): Promise<Plan | null> {
  if (row.plan) await adapters.queue.requeue(run);
  else await row.discardPlan();
  return row.plan;
}

/** Writes the plan down, unless the listing was broken off: then whoever resumes the run plans anew. */
export async function notePlan(plan: Plan, { row }: OpenedRun, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await row.notePlan(plan);
}

/** Cuts the pending photos into shards, in the manifest and on the queue, page by page. */
export async function planShards(
  pages: AsyncIterable<readonly SelectedPhoto[]>,
  { row, spec, adapters }: OpenedRun,
  shardSize: number,
): Promise<Plan> {
  const limit = spec.limit ?? Number.POSITIVE_INFINITY;
  const plan = { listed: 0, alreadyDone: 0, planned: 0, leftOut: 0 };
  const waiting = new Map<number, string[]>();
  const enqueue = (size: number, ids: readonly string[]) =>
    adapters.queue.enqueue(row.runId, cut(ids, size));
  for await (const page of pages) {
    const pending = page.filter(({ done }) => !done);
    const taken = pending.slice(0, Math.max(0, limit - plan.planned));
    plan.listed += page.length;
    plan.alreadyDone += page.length - pending.length;
    plan.planned += taken.length;
    plan.leftOut += pending.length - taken.length;
    for (const [size, ids] of bySize(taken, shardSize)) {
      const all = [...(waiting.get(size) ?? []), ...ids];
      const whole = all.length - (all.length % size);
      if (whole > 0) await enqueue(size, all.slice(0, whole));
      waiting.set(size, all.slice(whole));
    }
  }
  for (const [size, ids] of waiting) if (ids.length > 0) await enqueue(size, ids);
  return plan;
}

function bySize(photos: readonly SelectedPhoto[], shardSize: number): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const { photoId, crashes } of photos) {
    const size = Math.max(1, Math.floor(shardSize / SHRINK_AFTER_CRASH ** crashes));
    const ids = groups.get(size);
    if (ids) ids.push(photoId);
    else groups.set(size, [photoId]);
  }
  return groups;
}

function cut(ids: readonly string[], size: number): string[][] {
  const shards: string[][] = [];
  for (let from = 0; from < ids.length; from += size) shards.push(ids.slice(from, from + size));
  return shards;
}
