import type { ListedPhoto, Photo } from './domain/photo.ts';
import type { QueuedShard } from './ports.ts';

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

/** What a started run is pinned to. */
export interface RunPins {
  readonly source: string;
  readonly modelVersionId: number;
  readonly regionSnapshotId: number | null;
}

/** A photo version that the source lists, as the ledger knows it. */
export interface ListedVersion {
  readonly photoId: string;
  /** It has a prediction or a final reject for the run's model version. */
  readonly done: boolean;
  /** How often a run died with this photo in an unfinished shard. */
  readonly crashes: number;
}

/** Where the photos of a run stand, counted in the database. */
export interface RunCounts {
  /** By this run. */
  readonly predicted: number;
  /** Finally, by this run. */
  readonly rejected: number;
  /** Rejected by this run, and to be tried again by a later one; among `pending`. */
  readonly retryable: number;
  /** Neither predicted nor finally rejected by anybody. */
  readonly pending: number;
  /** Planned by this run, and done meanwhile by another. */
  readonly doneElsewhere: number;
  /** Shards of the run that nobody finished. */
  readonly openShards: number;
}

/** The final figures of a run. */
export interface RunClosing {
  readonly status: RunStatus;
  /** Null, like the others, where the run failed before it knew. */
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
   * Takes a queued run in hand. `busy`: another run of the job is under way; `taken`: the run is not
   * queued any more, as somebody else has started it.
   */
  start(runId: string): Promise<StartedRun | 'busy' | 'taken'>;
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
    modelVersionId: number,
  ): Promise<ListedVersion[]>;
  /** The same question without noting anything; photos never seen are not among the answers. */
  lookUpListed(
    source: string,
    page: readonly ListedPhoto[],
    modelVersionId: number,
  ): Promise<ListedVersion[]>;
  /** Writes shards into the manifest, each a list of photo ids. */
  addShards(
    runId: string,
    firstIndex: number,
    shards: readonly (readonly string[])[],
  ): Promise<QueuedShard[]>;
  /** The photos of a shard that still have neither a prediction nor a final reject. */
  openShard(shardId: string, modelVersionId: number): Promise<Photo[]>;
  finishShard(shardId: string): Promise<void>;
  count(runId: string, modelVersionId: number): Promise<RunCounts>;
}

/** A run in this process's hands: alive for the database as long as this process is. */
export interface StartedRun {
  readonly runId: string;
  readonly startedAt: Date;
  pin(pins: RunPins): Promise<void>;
  close(closing: RunClosing): Promise<void>;
  /** Lets go of the run, closed or not. */
  release(): Promise<void>;
}
