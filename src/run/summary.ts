import type { RunStatus } from '../ledger.ts';
import type { Job } from './job.ts';

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

/** The summary of a run that its job's overlap rule kept from starting. */
export function skippedSummary(run: string, job: Job, status: RunStatus): RunSummary {
  const nothing = { listed: 0, alreadyDone: 0, predicted: 0, rejected: 0, pending: 0 };
  const summary = { run, job: job.name, status, model: null, regions: null, ...nothing };
  return { ...summary, seconds: 0, photosPerSecond: 0 };
}
