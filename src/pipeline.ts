import type { Photo } from './domain/photo.ts';
import type { DecisionThresholds } from './domain/prediction.ts';
import type { FusionMode } from './domain/region.ts';
import type { Label } from './domain/taxonomy.ts';
import { extract } from './extract/extract.ts';
import { ByteBudget } from './flow/byte-budget.ts';
import { inBatches } from './flow/in-batches.ts';
import type { PhotoMemory } from './flow/photo-memory.ts';
import { readAhead } from './flow/read-ahead.ts';
import { type LoadBatch, type LoadedBatch, load } from './load/load.ts';
import { predict } from './model/predict.ts';
import type { Classifier, PhotoSource, RegionStore } from './ports.ts';
import { joinRegionFeatures, type RegionCache } from './transform/join-region-features.ts';
import { transform } from './transform/transform.ts';

/** What a shard's photos flow through. */
export interface PipelinePorts {
  readonly source: PhotoSource;
  /** Null: the run has no regional snapshot, and the picture alone decides. */
  readonly regions: RegionStore | null;
  /** Answers of the region, kept for the whole run. */
  readonly regionCache: RegionCache;
  readonly classifier: Classifier;
  /** For files and pictures, used again for the whole run. */
  readonly memory: PhotoMemory;
  readonly load: LoadBatch;
}

/** How they flow: every bound between two stages, in photos or bytes. */
export interface PipelineOptions {
  readonly labels: readonly Label[];
  readonly thresholds: DecisionThresholds;
  readonly fusion: FusionMode;
  /** Whether a photo without a usable position is rejected. */
  readonly locationRequired: boolean;
  /** Photos per call of the model and per transaction. */
  readonly batchSize: number;
  /** Photos being fetched. */
  readonly fetchConcurrency: number;
  /** Photos being decoded. */
  readonly decodeConcurrency: number;
  /** Bytes of fetched photos that are not decoded yet. */
  readonly maxBytesInFlight: number;
  readonly maxImagePixels: number;
}

/** The life of a shard: every photo that comes in is loaded, as a prediction or as a reject. */
export function processPhotos(
  photos: AsyncIterable<Photo>,
  ports: PipelinePorts,
  options: PipelineOptions,
): AsyncGenerator<LoadedBatch> {
  const { files, pictures: picturePool } = ports.memory;
  const budget = new ByteBudget(options.maxBytesInFlight, files);
  const extracted = extract(photos, ports.source, { ...options, budget });
  const pictures = transform(extracted, ports.classifier.input, { ...options, picturePool });
  const batches = readAhead(inBatches(pictures, options.batchSize));
  const located = joinRegionFeatures(batches, ports.regions, ports.regionCache);
  const predicted = readAhead(predict(located, ports.classifier, { ...options, picturePool }));
  return load(predicted, ports.load);
}
