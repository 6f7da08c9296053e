import { messageOf } from '../domain/errors.ts';
import type { RunStatus } from '../ports.ts';
import type { Job } from './job.ts';
import type { OpenedRun } from './open-run.ts';
import type { Reconciled } from './reconcile.ts';

/** What became of a run: the line of JSON that `nightjar run --json` ends with. */
export interface RunSummary {
  /** Null for a dry run, which leaves no row. */
  readonly run: string | null;
  readonly job: string;
  readonly status: RunStatus | 'dry_run';
  /** `NAME@VERSION`; null where the run never came to open it. */
  readonly model: string | null;
  /** `NAME@VERSION`, or null where no region was asked. */
  readonly regions: string | null;
  readonly listed: number;
  readonly alreadyDone: number;
  readonly predicted: number;
  readonly rejected: number;
  readonly pending: number;
  readonly seconds: number;
  /** Photos with a new outcome, by the seconds of the whole run. */
  readonly photosPerSecond: number;
}

/** Judges the run, writes its final figures into its row, and sums it up. */
export async function closeRun(
  counts: Reconciled,
  opened: OpenedRun,
  signal: AbortSignal,
): Promise<RunSummary> {
  const status = judge(counts, opened.job.errorBudget, signal.aborted);
  await opened.adapters.queue.cancel(opened.row.runId);
  await opened.row.close({ ...counts, status, error: null });
  const seconds = (Date.now() - opened.row.startedAt.getTime()) / 1000;
  const worked = counts.predicted + counts.rejected;
  const { listed, alreadyDone, predicted, rejected, pending } = counts;
  return {
    run: opened.row.runId,
    job: opened.job.name,
    status,
    model: `${opened.model.version.name}@${opened.model.version.version}`,
    regions: opened.regions && nameOf(opened.regions.snapshot),
    listed,
    alreadyDone,
    predicted,
    rejected,
    pending,
    seconds: round(seconds),
    photosPerSecond: seconds > 0 ? round(worked / seconds) : 0,
  };
}

/**
 * How a run ended. The error budget is a share of the photos it worked on, and a photo that is to be
 * tried again counts against it as well: a source that delivers nothing must not look like success.
 */
export function judge(counts: Reconciled, errorBudget: number, stopped: boolean): RunStatus {
  if (stopped) return 'stopped';
  if (!counts.balanced) return 'not_reconciled';
  const failed = counts.rejected + counts.retryable;
  return failed > errorBudget * (counts.predicted + failed) ? 'over_error_budget' : 'done';
}

/** Writes a run's fault into its row; the fault itself is the caller's to report. */
export async function failRun(error: unknown, opened: OpenedRun): Promise<void> {
  const { row, model, adapters } = opened;
  try {
    await adapters.queue.cancel(row.runId);
    const { predicted, rejected } = await adapters.ledger.count(row.runId, model.version.id);
    const unknown = { listed: null, alreadyDone: null, pending: null };
    await row.close({ ...unknown, predicted, rejected, status: 'failed', error: messageOf(error) });
  } catch {
    // The database is gone: the next run finds this one dead and says so in its row.
  }
}

/** The summary of a run that its job's overlap rule kept from starting. */
export function skippedSummary(run: string, job: Job, status: RunStatus): RunSummary {
  const nothing = { listed: 0, alreadyDone: 0, predicted: 0, rejected: 0, pending: 0 };
  const summary = { run, job: job.name, status, model: null, regions: null, ...nothing };
  return { ...summary, seconds: 0, photosPerSecond: 0 };
}

function nameOf({ name, version }: { name: string; version: number }): string {
  return `${name}@${version}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
