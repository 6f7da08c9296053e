import type { InHand } from './domain/in-hand.ts';
import type { ModelInput } from './domain/model.ts';
import type { Fault } from './domain/outcome.ts';
import type { ListedPhoto } from './domain/photo.ts';
import type { Prediction } from './domain/prediction.ts';
import type { RegionalFeatures, RegionQuery } from './domain/region.ts';

/** Where a program says what it does: levels of winston, fields instead of prose. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Told of what has a photo's name, or may hold photos, and cannot be listed: which, and why. */
export type OnSkip = (path: string, reason: string) => void;

/** A bucket or a folder of photos. */
export interface PhotoSource {
  /** Its URL, which is also the `source` of every photo: `s3://bucket/prefix/` or `file:///folder/`. */
  readonly url: string;
  /** Pages of the listing, in no promised order, one in memory at a time. @throws SOURCE_UNREACHABLE */
  list(onSkip?: OnSkip): AsyncIterable<readonly ListedPhoto[]>;
  /**
   * The bytes of exactly the version that was listed.
   * @throws FetchFault for a photo's fault; anything else is the run's
   */
  fetch(photo: ListedPhoto): Promise<Uint8Array>;
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
  /** Each `[height, width, 3]` RGB, 0–255; handed over, not to be used afterwards. */
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
}

/** Where predictions and rejects go. */
export interface PredictionStore {
  /** One transaction: all of the batch or nothing; the same batch twice changes nothing. */
  load(results: readonly PhotoResult[]): Promise<void>;
}

/** A shard as it waits in the queue. */
export interface QueuedShard {
  readonly shardId: string;
}

/** A shard in hand: proof of the claim, to be handed back. */
export interface ClaimedShard extends QueuedShard {
  readonly runId: string;
  /** The queue's own id of the claim; opaque. */
  readonly claim: unknown;
}

/** The queue of shards. At least once: whoever works a shard must be idempotent. */
export interface Queue {
  enqueue(runId: string, shards: readonly QueuedShard[]): Promise<void>;
  /** The next shard of this run, or null when none waits. */
  claim(runId: string): Promise<ClaimedShard | null>;
  /** Tells the queue that the work goes on; called more often than the heartbeat's limit. */
  touch(shard: ClaimedShard): Promise<void>;
  complete(shard: ClaimedShard): Promise<void>;
  /** Hands a shard back; it is claimed again later, at most a few times. */
  giveBack(shard: ClaimedShard, reason: string): Promise<void>;
  /** Shards of the run that still wait or are in somebody's hands. */
  countOpen(runId: string): Promise<number>;
  /** Withdraws whatever is left of a run. */
  cancel(runId: string): Promise<void>;
  /** Withdraws what is left of runs that are no longer under way: their processes died. */
  cancelAbandoned(): Promise<void>;
  close(): Promise<void>;
}
