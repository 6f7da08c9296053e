import type { InHand } from './domain/in-hand.ts';
import type { ModelInput } from './domain/model.ts';
import type { Fault } from './domain/outcome.ts';
import type { ListedPhoto, Photo } from './domain/photo.ts';
import type { Prediction } from './domain/prediction.ts';
import type { RegionalFeatures, RegionQuery } from './domain/region.ts';
import type { Reprocess } from './domain/selection.ts';

/** Where a program says what it does: levels of winston, fields instead of prose. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Told of what has a photo's name, or may hold photos, and cannot be listed: which, and why. */
export type OnSkip = (path: string, reason: string) => void;

/** Gives memory of so many bytes, with anything in it. */
export type TakeRoom = (bytes: number) => Uint8Array;

/** A bucket or a folder of photos. */
export interface PhotoSource {
  /** Its URL, which is also the `source` of every photo: `s3://bucket/prefix/` or `file:///folder/`. */
  readonly url: string;
  /** How many fetches it works on at the same time; those beyond would only hold memory. */
  readonly parallelism: number;
  /** Pages of the listing, in no promised order, one in memory at a time. @throws SOURCE_UNREACHABLE */
  list(onSkip?: OnSkip): AsyncIterable<readonly ListedPhoto[]>;
  /**
   * The bytes of exactly the version that was listed.
   * @param takeRoom gives memory of so many bytes to read them into; by default it is new
   * @throws FetchFault for a photo's fault; anything else is the run's
   */
  fetch(photo: ListedPhoto, takeRoom?: TakeRoom): Promise<Uint8Array>;
  /** Releases connections. */
  close(): void;
}

/** Bounds on one request to a source. */
export interface SourceLimits {
  /** Larger objects are refused before they are fetched. */
  readonly maxImageBytes: number;
  readonly requestTimeoutMs: number;
}

/** What a source throws when the fault lies with one photo. */
export class FetchFault extends Error {
  readonly fault: Fault;

  constructor(photoFault: Fault, options?: { cause?: unknown }) {
    super(photoFault.message, options);
    this.name = 'FetchFault';
    this.fault = photoFault;
  }
}

/** The regional features of one snapshot, for one model's labels. */
export interface RegionStore {
  /** Whether months matter; where they do not, every query may ask for month 0. */
  readonly hasMonths: boolean;
  /** The snapshot's cell around a finer one: what is asked for and cached by. */
  coarsen(cell: string): string;
  /**
   * One answer per query, in the same order; null for an unsurveyed place.
   * One statement, whatever the number of queries.
   */
  fetchFeatures(queries: readonly RegionQuery[]): Promise<(RegionalFeatures | null)[]>;
}

/** Pictures for one call of the model: row *i* of everything belongs to photo `ids[i]`. */
export interface PixelBatch {
  readonly ids: readonly string[];
  /** Each `[height, width, 3]` RGB, 0–255; copied unless in memory that threads share. Not to be changed before the answer. */
  readonly pixels: readonly Uint8Array[];
  /** Each `[labels]`, for a model with a `regional` input; null for an unsurveyed place. */
  readonly presences: readonly (Float32Array | null)[];
}

/** A model, ready to answer. */
export interface Classifier {
  readonly input: ModelInput;
  /** How many batches it works on at the same time. */
  readonly parallelism: number;
  /**
   * Scores `[labels]` for each photo, 0–1, in the order of `ids`.
   * @throws ModelRunError when the model fails on this batch; anything else is the run's fault
   */
  classify(batch: PixelBatch): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** The model ran and failed: the fault may lie with one photo of the batch. */
export class ModelRunError extends Error {
  override name = 'ModelRunError';
}

/** What became of one photo, with what was learned about it on the way. */
export type PhotoResult = InHand<{ readonly prediction: Prediction }>;

/** What every row that a run writes has in common. */
export interface RunKeys {
  readonly runId: string;
  readonly modelVersionId: number;
  /** Null: the run asks no region. */
  readonly regionSnapshotId: number | null;
  readonly reprocess: Reprocess;
}

/** Where a shard's predictions and rejects go. */
export interface PredictionStore {
  /**
   * One transaction: all of the batch or nothing, and the same batch twice changes nothing. With
   * `last`, the shard is finished in it too.
   *
   * @throws ShardLost when the claim does not hold any more; then nothing is written
   */
  load(shard: ShardClaim, results: readonly PhotoResult[], last: boolean): Promise<void>;
}

/** Proof that a shard is in this process's hands: whoever claims it later has a greater number. */
export interface ShardClaim {
  readonly shardId: string;
  readonly runId: string;
  /** How often the shard was claimed, this time included. */
  readonly claims: number;
  /** The queue's own word for the attempt; opaque. */
  readonly attempt: unknown;
}

/** A shard in hand with what is still to be done of it. */
export interface ClaimedShard extends ShardClaim {
  readonly photos: readonly Photo[];
  /** A process died with one of these photos in hand: to be worked with nothing beside it. */
  readonly suspect: boolean;
}

/** Somebody else has the shard now: this process was out of touch for too long, or the run was closed. */
export class ShardLost extends Error {
  override name = 'ShardLost';

  constructor(shardId: string) {
    super(`Expected to hold shard ${shardId} but it was handed on`);
  }
}

/** The run whose shards are claimed. */
export interface ShardedRun {
  readonly runId: string;
  readonly modelVersionId: number;
  /** Whose outcomes count as done: see `Reprocess`. */
  readonly reprocess: Reprocess;
  /** Shards in hands at a time, everywhere together; null: no bound. */
  readonly maxActive: number | null;
}

/** The manifest of shards and the queue they wait in. At least once: work on them is idempotent. */
export interface ShardQueue {
  /** Writes shards, each a list of photo ids, into the manifest and onto the queue. */
  enqueue(runId: string, shards: readonly (readonly string[])[]): Promise<void>;
  /** Puts every unfinished shard of a run that is taken up again back onto the queue, whoever held it. */
  requeue(run: ShardedRun): Promise<void>;
  /** The next shard of the run, or null when none may be had now. */
  claim(run: ShardedRun): Promise<ClaimedShard | null>;
  /** Tells the queue that the work goes on; called more often than the heartbeat's limit. */
  touch(shard: ShardClaim): Promise<void>;
  /** Hands a shard back unfinished; whoever comes next goes on with it. */
  giveBack(shard: ShardClaim): Promise<void>;
  /**
   * Cuts the shards that died with their workers into smaller ones and queues these, so that a photo
   * that kills the process ends up alone, and is rejected. @returns how many shards were found
   */
  recover(run: ShardedRun): Promise<number>;
  /** Shards of the run that nobody has finished. */
  countOpen(runId: string): Promise<number>;
  /** Ends all work on a run: what is still in somebody's hands cannot be loaded any more. */
  withdraw(runId: string): Promise<void>;
  /** Removes the queues of runs that are not under way. */
  cancelAbandoned(): Promise<void>;
  close(): Promise<void>;
}
