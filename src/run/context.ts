import type { ModelVersion } from '../domain/model.ts';
import type { DecisionThresholds } from '../domain/prediction.ts';
import type { RegionSnapshot } from '../domain/region.ts';
import type { Reprocess, Selection } from '../domain/selection.ts';
import type { Label } from '../domain/taxonomy.ts';
import type { RunKind, RunLedger, Trigger } from '../ledger.ts';
import type {
  Classifier,
  Log,
  PhotoSource,
  PredictionStore,
  RegionStore,
  RunKeys,
  ShardQueue,
} from '../ports.ts';
import type { RunEvidence } from '../run-evidence.ts';
import type { Job } from './job.ts';

/** A model version, checked and ready to answer. */
export interface OpenModel {
  readonly version: ModelVersion;
  readonly thresholds: DecisionThresholds;
  readonly classifier: Classifier;
}

/** A regional snapshot for one model's labels. */
export interface OpenRegions {
  readonly snapshot: RegionSnapshot;
  readonly store: RegionStore;
}

/** How a run's adapters are made; only `commands` and tests know which ones they are. */
export interface RunAdapters {
  readonly ledger: RunLedger;
  readonly queue: ShardQueue;
  readonly evidence: RunEvidence;
  openSource(name: string): Promise<PhotoSource>;
  /** @param ref `NAME@ALIAS` or `NAME@VERSION`. @throws MODEL_UNKNOWN, MODEL_INVALID */
  openModel(ref: string): Promise<OpenModel>;
  /** @param ref an alias, `NAME@VERSION` or `none`. @throws REGIONS_UNKNOWN */
  openRegions(ref: string, labels: readonly Label[]): Promise<OpenRegions | null>;
  openPredictionStore(keys: RunKeys): PredictionStore;
}

/** Bounds of a run; the README's table of settings says what each is for. */
export interface RunLimits {
  readonly batchSize: number;
  readonly shardSize: number;
  readonly fetchConcurrency: number;
  readonly decodeConcurrency: number;
  readonly maxBytesInFlight: number;
  readonly maxImagePixels: number;
  readonly heartbeatSeconds: number;
}

/** What a new run is to do. */
export interface NewRun {
  readonly job: Job;
  /** Default `run`. */
  readonly kind?: RunKind;
  /** A daemon found the run waiting or interrupted: one that ended meanwhile is somebody's work. Default false. */
  readonly dispatched?: boolean;
  readonly trigger: Trigger;
  readonly logicalTime: Date;
  /** Photos at most; the others stay pending. */
  readonly limit?: number;
  /** Of a backfill: which photos. Default: everything that the source lists. */
  readonly selection?: Selection;
  /** Default `none`. */
  readonly reprocess?: Reprocess;
  /** Shards in hands at a time, everywhere together. Default: no bound. */
  readonly maxActive?: number;
}

/** What is asked for: a new run, or going on with one that ended early. */
export type RunRequest = NewRun | { readonly resume: string };

/** How far a run has come. */
export interface Progress {
  readonly phase: 'listing' | 'predicting';
  readonly listed: number;
  /** Photos this run is going to work on. */
  readonly planned: number;
  readonly predicted: number;
  readonly rejected: number;
}

/** Everything a run needs from outside. */
export interface RunContext {
  readonly adapters: RunAdapters;
  readonly limits: RunLimits;
  readonly log: Log;
  /**
   * Aborted on SIGINT and SIGTERM: no new photos are begun, those in hand are finished. With the reason
   * `SUPERVISOR_GONE` the run ends as crashed, else as stopped.
   */
  readonly signal: AbortSignal;
  /** Whether this process takes the place of one that died with the run in hand. Default false. */
  readonly restarted?: boolean;
  /** Told the run's id once it is in hand. */
  readonly onStarted?: (runId: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}
