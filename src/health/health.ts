/** A run that ended well. */
export interface GoodRun {
  readonly run: number;
  /** The tick it stood for: what was in the source by then is predicted. */
  readonly logicalTime: Date;
  readonly finishedAt: Date | null;
}

/** The latest run of a job that ended, however it ended. */
export interface EndedRunFigures extends GoodRun {
  readonly status: string;
  /** Who asked for it: `schedule`, `catchup`, `shell` or `demo`. */
  readonly trigger: string;
  /** Null, like the others, where the run failed before it knew. */
  readonly listed: number | null;
  readonly alreadyDone: number | null;
  readonly predicted: number | null;
  readonly rejected: number | null;
  readonly pending: number | null;
  readonly seconds: number | null;
  readonly error: string | null;
}

/** How a job does. Runs of kind `run` alone count: a backfill says nothing about tonight. */
export interface JobHealth {
  readonly job: string;
  readonly firstRunAt: Date;
  /** Whether a tick of the daemon was ever noted; where cron calls `run`, none is. */
  readonly ticked: boolean;
  /** The last run for a tick that ended as `done`. */
  readonly lastGoodWindow: GoodRun | null;
  /** The same, whoever asked for the run. */
  readonly lastGoodRun: GoodRun | null;
  readonly latestRun: EndedRunFigures | null;
  /** Whether its newest tick was skipped because the job is paused. */
  readonly paused: boolean;
  /** Runs since the last good one that failed, crashed, went over the budget or did not add up. */
  readonly consecutiveFailures: number;
  /** Ticks of the last 7 days that were skipped, by reason. */
  readonly skippedTicks: Readonly<Record<string, number>>;
}

/** A source, and a model version that its photos are to be predicted with. */
export interface SourceHealth {
  readonly source: string;
  /** `NAME@VERSION`. */
  readonly model: string;
  /** The jobs that ask for this version now; empty for one that only their latest run used. */
  readonly jobs: readonly string[];
  /** Listed by the last run that listed all of the source; null before. */
  readonly photos: number | null;
  /** Of these, the ones with a prediction, by the books of today. */
  readonly predicted: number | null;
  /** Current photos with neither a prediction nor a final reject. */
  readonly pending: number;
  /** Data time: when the oldest pending photo was written to its source; null when none is pending. */
  readonly oldestPendingAt: Date | null;
  /** Since when a pending photo has been waiting: both listed and wanted by this version. */
  readonly pendingSince: Date | null;
  /** When the last run ended that predicted something. */
  readonly lastPredictedAt: Date | null;
}

/** A process that holds shards of a run. */
export interface Holder {
  readonly worker: number;
  readonly host: string;
  readonly pid: number;
  readonly shards: number;
}

/** A run that waits or is under way. */
export interface QueuedWork {
  readonly run: number;
  readonly job: string;
  readonly kind: string;
  readonly status: string;
  /** Shards that nobody holds. */
  readonly waiting: number;
  /** Shards in somebody's hands. */
  readonly active: number;
  /** Photos in its shards. */
  readonly planned: number;
  /** Photos of these that are dealt with. */
  readonly done: number;
  readonly workers: readonly Holder[];
}

/** Rejects of current photos for one reason. */
export interface RejectCount {
  readonly source: string;
  readonly model: string;
  readonly stage: string;
  readonly code: string;
  readonly final: boolean;
  readonly photos: number;
  readonly maxAttempts: number;
  readonly lastRejectedAt: Date;
  /** `KEY: MESSAGE` of one of them. */
  readonly example: string;
}

/** How fast photos get outcomes. */
export interface Rate {
  /** Over the last 5 minutes, all runs together. */
  readonly photosPerSecond: number;
  /** The last run that ended with new outcomes, and its rate; null before. */
  readonly lastRun: number | null;
  readonly lastRunPhotosPerSecond: number | null;
}

/** How the pipeline does at one moment: what status, alerts and metrics are made of. */
export interface Health {
  readonly takenAt: Date;
  readonly jobs: readonly JobHealth[];
  readonly sources: readonly SourceHealth[];
  /** In the order in which shards are taken. */
  readonly queue: readonly QueuedWork[];
  readonly rejects: readonly RejectCount[];
  readonly rate: Rate;
}
