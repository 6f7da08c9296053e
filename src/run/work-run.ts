import type { Plan } from '../ledger.ts';
import type { RunContext } from './context.ts';
import type { OpenedRun } from './open-run.ts';
import { type Assignment, workShards } from './work-shards.ts';

/** Works a run's own shards until nobody holds any: until they are done, or until the signal. */
export async function workRun(plan: Plan, opened: OpenedRun, context: RunContext): Promise<void> {
  if (plan.planned === 0) return;
  const tally = { predicted: 0, rejected: 0 };
  const report = (predicted: number, rejected: number) => {
    tally.predicted += predicted;
    tally.rejected += rejected;
    const { listed, planned } = plan;
    context.onProgress?.({ phase: 'predicting', listed, planned, ...tally });
  };
  report(0, 0);
  await workShards(() => assign(opened), { ...context, queue: opened.adapters.queue, report });
}

async function assign(opened: OpenedRun): Promise<Assignment | 'wait' | 'done'> {
  const { run, spec } = opened;
  const { queue, ledger } = opened.adapters;
  // A backfill steps back while a scheduled run has photos waiting, on this machine or another.
  if (spec.kind !== 'run' && (await ledger.hasUrgentWork(spec.kind))) return 'wait';
  const shard = await queue.claim(run);
  if (shard) return { shard, bench: opened };
  if ((await queue.recover(run)) > 0) return assign(opened);
  return (await queue.countOpen(run.runId)) === 0 ? 'done' : 'wait';
}
