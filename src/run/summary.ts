import type { ClosedRun, RunKind, RunStatus } from '../ledger.ts';

/** What became of a run: the line of JSON that `nightjar run --json` ends with. */
export interface RunSummary {
  /** Null for a dry run, which leaves no row. */
  readonly run: string | null;
  readonly job: string;
  readonly kind: RunKind;
  readonly status: RunStatus | 'dry_run';
  /** Why it was skipped, or what is wrong with it; null where there is nothing to say. */
  readonly reason: string | null;
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

/** The summary of a run that ended. */
export function summarise(run: string, closed: ClosedRun): RunSummary {
  const { job, kind, status, reason, model, regions, seconds, ...photos } = closed;
  const worked = photos.predicted + photos.rejected;
  const photosPerSecond = seconds > 0 ? round(worked / seconds) : 0;
  const what = { run, job, kind, status, reason, model, regions };
  return { ...what, ...photos, seconds: round(seconds), photosPerSecond };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The summary of a run that was not started. */
export function skippedSummary(
  found: Pick<RunSummary, 'run' | 'job' | 'kind'>,
  status: RunStatus,
  reason: string | null,
): RunSummary {
  const nothing = { listed: 0, alreadyDone: 0, predicted: 0, rejected: 0, pending: 0 };
  const { run, job, kind } = found;
  const summary = { run, job, kind, status, reason, model: null, regions: null, ...nothing };
  return { ...summary, seconds: 0, photosPerSecond: 0 };
}
