import { createPhotoMemory, type PhotoMemory } from '../flow/photo-memory.ts';
import type { RunSpec } from '../ledger.ts';
import type { PhotoSource, PredictionStore, ShardedRun } from '../ports.ts';
import { createRegionCache, type RegionCache } from '../transform/join-region-features.ts';
import type { OpenModel, OpenRegions, RunAdapters } from './context.ts';

/** Everything that shards of one run are worked with, on whichever machine. */
export interface Workbench {
  /** With everything resolved. */
  readonly spec: RunSpec;
  readonly run: ShardedRun;
  readonly source: PhotoSource;
  readonly model: OpenModel;
  /** Null: `regions: none`. */
  readonly regions: OpenRegions | null;
  readonly regionCache: RegionCache;
  readonly memory: PhotoMemory;
  readonly predictions: PredictionStore;
  /** Closes what was opened. */
  release(): Promise<void>;
}

/**
 * Opens source, model and region: all of them are checked before the first photo is read.
 *
 * @param spec aliases in it are resolved, once for the whole run
 */
export async function openWorkbench(
  runId: string,
  spec: RunSpec,
  adapters: RunAdapters,
): Promise<Workbench> {
  const model = await adapters.openModel(spec.model);
  try {
    const regions = await adapters.openRegions(spec.regions, model.version.labels);
    const source = await adapters.openSource(spec.source);
    const modelVersionId = model.version.id;
    const { reprocess, maxActive } = spec;
    return {
      spec: {
        ...spec,
        source: source.url,
        model: nameOf(model.version),
        regions: regions ? nameOf(regions.snapshot) : 'none',
      },
      run: { runId, modelVersionId, reprocess, maxActive },
      source,
      model,
      regions,
      regionCache: createRegionCache(),
      memory: createPhotoMemory(),
      predictions: adapters.openPredictionStore({
        runId,
        modelVersionId,
        regionSnapshotId: regions?.snapshot.id ?? null,
        reprocess,
      }),
      async release() {
        source.close();
        await model.classifier.close();
      },
    };
  } catch (error) {
    await model.classifier.close();
    throw error;
  }
}

function nameOf({ name, version }: { name: string; version: number | string }): string {
  return `${name}@${version}`;
}
