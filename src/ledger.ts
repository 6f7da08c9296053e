import type { ListedPhoto } from './domain/photo.ts';
import type { FusionMode } from './domain/region.ts';
import type { Reprocess, Selection } from './domain/selection.ts';

/** Why a run exists. */
export type Trigger = 'shell' | 'schedule' | 'catchup' | 'demo';

/** How a run stands or ended; the README's table says what each means. */
export type RunStatus =
  | 'queued'
  | 'running'
  | 'done'
  | 'over_error_budget'
  | 'not_reconciled'
  | 'failed'
  | 'stopped'
  | 'skipped'
  | 'crashed';

/** What is asked for: one run of a job for one logical time. */
export interface RunSubmission {
  readonly job: string;
  /** Default `run`. */
  readonly kind?: RunKind;
  /** The tick the run stands for, or the moment a person asked. One run per job and logical time. */
  readonly logicalTime: Date;
  readonly trigger: Trigger;
  /** What happens when a run of the job is under way or waits already. */
  readonly overlap: 'skip' | 'buffer_one';
  /** Scheduled runs that failed in a row, after which ticks are skipped. Default: never. */
  readonly pauseAfterFailures?: number | null;
}

/** A run in the ledger. */
export interface SubmittedRun {
  readonly runId: string;
  readonly status: RunStatus;
  /** Null unless the status is `skipped`; also for ticks skipped before reasons were kept. */
  readonly skipReason: 'overlap' | 'paused' | null;
  /** Whether this submission inserted the row. */
  readonly created: boolean;
  /** Whether this is the first tick that the pause of its job skips. */
  readonly beginsPause: boolean;
}

/** A run that waits. */
export interface QueuedRun {
  readonly runId: string;
  readonly job: string;
  readonly logicalTime: Date;
}

/** A scheduled run that ended before its work did, and that no other run of its job came after. */
export interface InterruptedRun extends QueuedRun {
  readonly status: 'crashed' | 'stopped';
  /** How often a process took it in hand. */
  readonly attempts: number;
}

/** What sort of work a run is; also their order: a scheduled run comes before any backfill. */
export type RunKind = 'run' | 'backfill' | 'rescore';

/**
 * What a run was opened with, everything resolved: enough to help with it on another machine, or to go
 * on with it later, without its job file.
 */
export interface RunSpec {
  readonly job: string;
  readonly kind: RunKind;
  /** The source's URL. */
  readonly source: string;
  /** `NAME@VERSION`. */
  readonly model: string;
  /** `NAME@VERSION` or `none`. */
  readonly regions: string;
  readonly fusion: FusionMode;
  readonly location: 'optional' | 'required';
  /** Share of the worked photos that may be rejected, 0–1. */
  readonly errorBudget: number;
  readonly reprocess: Reprocess;
  /** Shards in hands at a time, everywhere together; null: no bound. */
  readonly maxActive: number | null;
  /** Photos at most; null: no bound. */
  readonly limit: number | null;
  /** Null: everything that the source lists, in the order of its listing. */
  readonly selection: Selection | null;
}

/** What a run is going to do, and what it was that the source listed. */
export interface Plan {
  /** By the source; of a backfill, those in its window. */
  readonly listed: number;
  readonly alreadyDone: number;
  /** Photos in the shards. */
  readonly planned: number;
  /** Pending photos that the run's limit left for another. */
  readonly leftOut: number;
}

/** A run under way that others may help with. */
export interface OpenRun {
  readonly runId: string;
  readonly modelVersionId: number;
  readonly regionSnapshotId: number | null;
  readonly spec: RunSpec;
}

/** A photo version that the source lists, as the ledger knows it. */
export interface ListedVersion {
  readonly photoId: string;
  readonly key: string;
  readonly etag: string;
  /** It has an outcome that counts for the viewer. */
  readonly done: boolean;
  /** How often a process died with this photo in an unfinished shard. */
  readonly crashes: number;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** The camera's clock as if it were UTC; null while no run has read it, or where it does not say. */
  readonly capturedClock: Date | null;
}

/** Where the photos of a run stand, counted in the database. */
export interface RunCounts {
  /** By this run. */
  readonly predicted: number;
  /** Finally, by this run. */
  readonly rejected: number;
  /** Rejected by this run, and to be tried again by a later one; among `pending`. */
  readonly retryable: number;
  /** Neither predicted nor finally rejected. */
  readonly pending: number;
  /** Among `pending`: without any outcome, although their shard is finished. */
  readonly missing: number;
  /** Planned by this run, and done meanwhile by another. */
  readonly doneElsewhere: number;
  /** Shards of the run that nobody finished. */
  readonly openShards: number;
}

/** The final figures of a run. */
export interface RunClosing {
  readonly status: RunStatus;
  /** Null, like the others, where the run failed before it knew: what an earlier attempt knew stands. */
  readonly listed: number | null;
  readonly alreadyDone: number | null;
  readonly predicted: number | null;
  readonly rejected: number | null;
  readonly pending: number | null;
  readonly error: string | null;
}

/** The ledger of runs, photos and shards: what was listed, what is pending, who does what. */
export interface RunLedger {
  /**
   * Inserts the run's row, queued or skipped by its job's rules; a row that is there already for this
   * logical time is returned as it is, whatever became of it. A person who asks for a run while one
   * waits that nobody has taken in hand is given that one, and is never refused for a pause.
   */
  submit(submission: RunSubmission): Promise<SubmittedRun>;
  /**
   * Takes a run in hand that waits, or one that ended early. `busy`: another run of the job is under
   * way; `taken`: the run is in somebody's hands, or has ended in a way that is not taken up.
   *
   * @param from the states it is taken up from, should it not be under way; default all but `done` and `skipped`
   */
  start(runId: string, from?: ReadonlySet<RunStatus>): Promise<StartedRun | 'busy' | 'taken'>;
  /** What is known of a run; null where there is none of that id. */
  find(runId: string): Promise<FoundRun | null>;
  /** How a run ended. */
  sumUp(runId: string): Promise<ClosedRun>;
  /** The last tick of a job that has a row; null when it never ticked. */
  findLastTick(job: string): Promise<Date | null>;
  /** Runs that wait to be taken in hand, the oldest first; backfills are not among them. */
  listQueued(): Promise<QueuedRun[]>;
  /** Stopped runs, and crashed ones that nobody has gone on with for a minute. */
  listInterrupted(): Promise<InterruptedRun[]>;
  /** Notes a page of the listing. One answer per photo, in no order. */
  noteListed(
    source: string,
    page: readonly ListedPhoto[],
    viewer: Viewer,
  ): Promise<ListedVersion[]>;
  /** The same question without noting anything; photos never seen are not among the answers. */
  lookUpListed(
    source: string,
    page: readonly ListedPhoto[],
    viewer: Viewer,
  ): Promise<ListedVersion[]>;
  count(runId: string, viewer: Viewer): Promise<RunCounts>;
  /**
   * Remembers up to which photo of a source nothing is pending for a model version, so that what is can
   * be found without reading what is not.
   *
   * @param allListedSince the start of a run that dealt with all of the source: what was listed before
   *   and is still pending is there no longer; null where that is not known
   */
  settle(source: string, modelVersionId: number, allListedSince: Date | null): Promise<void>;
  /** Brings the counts by day, for dashboards, up to date; costs the photos of the days that changed. */
  recount(): Promise<void>;
  /** Runs with shards that nobody has finished, those that come first first. */
  listOpen(): Promise<OpenRun[]>;
  /** Whether a process that lives is planning a run: shards are to come. */
  isPlanning(): Promise<boolean>;
  /** Whether shards wait of a run that comes before this kind. */
  hasUrgentWork(kind: RunKind): Promise<boolean>;
}

/** For whom a photo is done or pending. */
export interface Viewer {
  readonly modelVersionId: number;
  readonly reprocess: Reprocess;
  /** Null: no run yet, so that no outcome is its own. */
  readonly runId: string | null;
}

/** A run as a person names it. */
export interface FoundRun {
  readonly job: string;
  readonly kind: RunKind;
  readonly status: RunStatus;
}

/** A run that ended, as its row tells it; 0 for what it never knew. */
export interface ClosedRun extends FoundRun {
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
  /** From its first start to its end. */
  readonly seconds: number;
}

/** A run in this process's hands: alive for the database as long as this process is. */
export interface StartedRun {
  readonly runId: string;
  readonly startedAt: Date;
  /** How often a process took it in hand, this time included. */
  readonly attempts: number;
  /** What it was opened with before; null for a new run. */
  readonly spec: RunSpec | null;
  /** What was planned before; null when its planning never came to an end. */
  readonly plan: Plan | null;
  pin(spec: RunSpec, keys: Pick<OpenRun, 'modelVersionId' | 'regionSnapshotId'>): Promise<void>;
  /** Forgets the shards of a planning that never came to an end. */
  discardPlan(): Promise<void>;
  notePlan(plan: Plan): Promise<void>;
  close(closing: RunClosing): Promise<void>;
  /** Lets go of the run, closed or not. */
  release(): Promise<void>;
}
