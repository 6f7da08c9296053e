import { closeRun, failRun } from './close-run.ts';
import type { RunContext, RunRequest } from './context.ts';
import { discover } from './discover.ts';
import { openRun } from './open-run.ts';
import { notePlan, planShards, takeUpPlan } from './plan-shards.ts';
import { reconcile } from './reconcile.ts';
import { startRecounting } from './recount.ts';
import { selectPhotos } from './select-photos.ts';
import type { RunSummary } from './summary.ts';
import { workRun } from './work-run.ts';

/**
 * The life of a run: what is listed and has no outcome yet is planned into shards, the shards are
 * worked, here and by whoever helps, and in the end every photo is accounted for. A run that died or
 * was stopped is taken up again where it ended, with the plan it had.
 *
 * @returns what became of the photos; also when the run was stopped, skipped or over its budget
 * @throws the run's own faults, after they were written into its row
 */
export async function run(request: RunRequest, context: RunContext): Promise<RunSummary> {
  const opened = await openRun(request, context);
  if ('summary' in opened) return opened.summary;
  try {
    let plan = await takeUpPlan(opened);
    if (!plan) {
      const photos = selectPhotos(discover(opened, context), opened.spec.selection, context.log);
      plan = await planShards(photos, opened, context.limits.shardSize);
      await notePlan(plan, opened, context.signal);
    }
    const stopRecounting = startRecounting(opened, context.log);
    await workRun(plan, opened, context).finally(stopRecounting);
    const counts = await reconcile(plan, opened);
    return await closeRun(counts, opened, context);
  } catch (error) {
    await failRun(error, opened);
    throw error;
  } finally {
    await opened.release();
  }
}
