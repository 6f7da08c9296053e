import type { RejectCode } from './domain/outcome.ts';

/** How many there are, and some of them. */
export interface Sample<T> {
  readonly total: number;
  readonly examples: readonly T[];
}

/** A photo that a run rejected, for good or for now. */
export interface RejectedPhoto {
  readonly key: string;
  readonly code: RejectCode;
  readonly message: string;
}

/** What a run rejected: what counts against its error budget. */
export interface RunRejects {
  /** The most frequent reason first. */
  readonly counts: readonly { readonly code: RejectCode; readonly photos: number }[];
  /** Of every reason some, as far as the limit goes. */
  readonly examples: readonly RejectedPhoto[];
}

/** A photo of the run's manifest. */
export interface PlannedPhoto {
  readonly photoId: string;
  /** Null where its row in `photos` was deleted. */
  readonly key: string | null;
}

/** A photo that is in the manifest more than once. */
export interface DoubledPhoto extends PlannedPhoto {
  /** Indexes of the shards it is in. */
  readonly shards: readonly number[];
}

/** A shard that nobody finished. */
export interface OpenShard {
  readonly index: number;
  readonly photos: number;
  /** How often somebody took it in hand. */
  readonly claims: number;
}

/** Why a run's photos may not add up. An outcome is a prediction, or a reject that is not older than the run. */
export interface Unaccounted {
  /** Without an outcome, although their shard is finished. */
  readonly missing: Sample<PlannedPhoto>;
  /** Counted more than once. */
  readonly doubled: Sample<DoubledPhoto>;
  readonly openShards: Sample<OpenShard>;
  /** Without an outcome, in the open shards. */
  readonly waiting: Sample<PlannedPhoto>;
}

/** Which photos are behind the figures of a run that did not end well. */
export interface RunEvidence {
  /** @param limit examples at most */
  listRunRejects(runId: string, modelVersionId: number, limit: number): Promise<RunRejects>;
  /** @param limit examples of each kind at most */
  listUnaccounted(runId: string, modelVersionId: number, limit: number): Promise<Unaccounted>;
}
