import { closeRun, failRun } from './close-run.ts';
import type { RunContext, RunRequest } from './context.ts';
import { discover } from './discover.ts';
import { openRun } from './open-run.ts';
import { planShards } from './plan-shards.ts';
import { reconcile } from './reconcile.ts';
import type { RunSummary } from './summary.ts';
import { workShards } from './work-shards.ts';

/**
 * The life of a run: what is listed and has no outcome yet is planned into shards, the shards are
 * worked, and in the end every photo is accounted for. A run that dies leaves nothing to clean up:
 * the next one finds the same photos pending.
 *
 * @returns what became of the photos; also when the run was stopped, skipped or over its budget
 * @throws the run's own faults, after they were written into its row
 */
export async function run(request: RunRequest, context: RunContext): Promise<RunSummary> {
  const opened = await openRun(request, context);
  if ('summary' in opened) return opened.summary;
  try {
    const listing = discover(opened, context);
    const plan = await planShards(listing, opened, context.limits.shardSize, request.limit);
    await workShards(plan, opened, context);
    const counts = await reconcile(plan, opened);
    return await closeRun(counts, opened, context.signal);
  } catch (error) {
    await failRun(error, opened);
    throw error;
  } finally {
    await opened.release();
  }
}
