import type { RejectCode, Stage } from './domain/outcome.ts';

/** Which rejects of current photo versions are meant; null stands for any, and all of them must hold. */
export interface RejectFilter {
  readonly codes: readonly RejectCode[] | null;
  /** The run that rejected last. */
  readonly runId: string | null;
  /** Exact URLs, as `photos.source` has them. */
  readonly sources: readonly string[] | null;
  readonly modelVersionId: number | null;
  /** True: those that no run tries again; false: the others. */
  readonly final: boolean | null;
}

/** A reject as it stands; JSON of it is a line of `nightjar rejects list --json`. */
export interface RejectRecord {
  readonly photo: string;
  readonly source: string;
  readonly key: string;
  /** `NAME@VERSION`. */
  readonly model: string;
  /** The run that rejected last. */
  readonly run: string;
  readonly stage: Stage;
  readonly code: RejectCode;
  readonly message: string;
  /** Runs that tried since the photo was new, or since a person had it tried again: then 0. */
  readonly attempts: number;
  readonly final: boolean;
  readonly firstRejectedAt: Date;
  readonly lastRejectedAt: Date;
}

/** Rejects that have the reason, the model and the job in common. */
export interface RejectCount {
  readonly code: RejectCode;
  /** `NAME@VERSION`. */
  readonly model: string;
  /** The job of the run that rejected last. */
  readonly job: string;
  readonly photos: number;
}

/** Where a page of rejects ended. */
export type RejectPosition = readonly [time: string, photo: string, model: string];

/** A page of rejects, and where the next one begins: null after the last. */
export interface RejectPage {
  readonly items: readonly RejectRecord[];
  readonly next: RejectPosition | null;
}

/** The rejects of current photo versions, for people who look at them and have them tried again. */
export interface Rejects {
  /** Pages, the newest first; one page is in memory at a time. */
  list(filter: RejectFilter, limit: number): AsyncIterable<readonly RejectRecord[]>;
  /** One page, the newest first; null: the first. */
  listPage(filter: RejectFilter, after: RejectPosition | null, limit: number): Promise<RejectPage>;
  /** The most frequent first. */
  count(filter: RejectFilter): Promise<RejectCount[]>;
  /** What `retry` would change: whatever is final, or has used up an attempt. */
  countRetryable(filter: RejectFilter): Promise<RejectCount[]>;
  /**
   * Makes rejects pending for the next run, with all their attempts before them. The reason stays
   * until that run replaces it. In batches, each a transaction: what a broken one leaves, the next
   * call takes up.
   *
   * @returns what was changed, the most frequent first; nothing for what was retried already
   */
  retry(filter: RejectFilter): Promise<RejectCount[]>;
  hasRun(runId: string): Promise<boolean>;
  /** Every source that a run has read. */
  listSources(): Promise<string[]>;
}
