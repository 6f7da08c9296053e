import { messageOf } from '../domain/errors.ts';
import { SUPERVISOR_GONE } from '../domain/supervisor-gone.ts';
import type { RunStatus } from '../ledger.ts';
import type { RunContext } from './context.ts';
import { explainRun } from './explain-run.ts';
import type { OpenedRun } from './open-run.ts';
import type { Reconciled } from './reconcile.ts';
import { recount } from './recount.ts';
import { type RunSummary, summarise } from './summary.ts';

/** Photos of each kind that a run's row names. */
const MAX_EXAMPLES = 10;

/** Judges the run, writes its final figures into its row, and sums it up. */
export async function closeRun(
  counts: Reconciled,
  opened: OpenedRun,
  { signal, log }: Pick<RunContext, 'signal' | 'log'>,
): Promise<RunSummary> {
  const status = judge(counts, opened.spec.errorBudget, signal);
  const reason = await explain(status, counts, opened);
  if (status === 'crashed') log.warn('run crashed', { run: opened.row.runId, reason });
  await opened.row.close({ ...counts, status, error: reason });
  await settle(counts, opened).catch((error: unknown) => {
    log.warn('cannot settle the watermark', { error: messageOf(error) }); // it only saves time
  });
  await recount(opened, log);
  const { listed, alreadyDone, predicted, rejected, pending } = counts;
  const { job, kind, model } = opened.spec;
  const regions = opened.regions && opened.spec.regions;
  const figures = { listed, alreadyDone, predicted, rejected, pending };
  const seconds = (Date.now() - opened.row.startedAt.getTime()) / 1000;
  const closed = { job, kind, status, reason, model, regions, ...figures, seconds };
  return summarise(opened.row.runId, closed);
}

/**
 * How a run ended. The error budget is a share of the photos it worked on, and a photo that is to be
 * tried again counts against it as well: a source that delivers nothing must not look like success.
 * Without its supervisor a run stops in good order, but nobody asked for it, so somebody has to go on.
 */
export function judge(counts: Reconciled, errorBudget: number, signal: AbortSignal): RunStatus {
  if (signal.aborted) return signal.reason === SUPERVISOR_GONE ? 'crashed' : 'stopped';
  if (!counts.balanced) return 'not_reconciled';
  const failed = counts.rejected + counts.retryable;
  return failed > errorBudget * (counts.predicted + failed) ? 'over_error_budget' : 'done';
}

/** Which photos are behind a status that is not as it should be. */
async function explain(
  status: RunStatus,
  { listed, pending }: Reconciled,
  { run, adapters }: OpenedRun,
): Promise<string | null> {
  const { runId, modelVersionId } = run;
  const { evidence } = adapters;
  const ask = [runId, modelVersionId, MAX_EXAMPLES] as const;
  const rejects = status === 'over_error_budget' ? await evidence.listRunRejects(...ask) : null;
  const unaccounted = status === 'not_reconciled' ? await evidence.listUnaccounted(...ask) : null;
  return explainRun(status, { runId, listed, pending, rejects, unaccounted }) || null;
}

/** Whether nothing of the source is pending any more, but what was rejected for now. */
async function settle(counts: Reconciled, { spec, row, run, adapters }: OpenedRun): Promise<void> {
  const dealtWithAll =
    spec.selection === null && counts.balanced && counts.pending === counts.retryable;
  const since = dealtWithAll ? row.startedAt : null;
  await adapters.ledger.settle(spec.source, run.modelVersionId, since);
}

/** Writes a run's fault into its row; the fault itself is the caller's to report. */
export async function failRun(error: unknown, opened: OpenedRun): Promise<void> {
  const { row, run, adapters } = opened;
  try {
    await adapters.queue.withdraw(run.runId);
    const { predicted, rejected } = await adapters.ledger.count(run.runId, run);
    const unknown = { listed: null, alreadyDone: null, pending: null };
    await row.close({ ...unknown, predicted, rejected, status: 'failed', error: messageOf(error) });
  } catch {
    // The database is gone: the next run finds this one dead and says so in its row.
  }
}
