import { messageOf } from '../domain/errors.ts';
import type { StartedRun } from '../ledger.ts';
import type { PhotoSource, PredictionStore } from '../ports.ts';
import { createRegionCache, type RegionCache } from '../transform/join-region-features.ts';
import type { OpenModel, OpenRegions, RunAdapters, RunContext, RunRequest } from './context.ts';
import type { Job } from './job.ts';
import { type RunSummary, skippedSummary } from './summary.ts';

/** A run under way with everything it works with, pinned for its whole life. */
export interface OpenedRun {
  readonly job: Job;
  readonly row: StartedRun;
  readonly source: PhotoSource;
  readonly model: OpenModel;
  /** Null: `regions: none`. */
  readonly regions: OpenRegions | null;
  readonly regionCache: RegionCache;
  readonly predictions: PredictionStore;
  readonly adapters: RunAdapters;
  /** Closes what was opened, in the reverse order. */
  release(): Promise<void>;
}

/** How often a buffered run looks whether the one before it has ended. */
const WAIT_MS = 1000;

/**
 * Writes or finds the run's row, takes it in hand, and opens its source, model and region: all of
 * them are checked before the first photo is read. A run that its job's overlap rule skips comes
 * back as a summary.
 */
export async function openRun(
  request: RunRequest,
  context: RunContext,
): Promise<OpenedRun | { readonly summary: RunSummary }> {
  const { job } = request;
  const { adapters, log } = context;
  const { runId, status } = await adapters.ledger.submit({
    job: job.name,
    logicalTime: request.logicalTime,
    trigger: request.trigger,
    overlap: job.overlap,
  });
  const row = status === 'queued' ? await startWhenFree(runId, context) : null;
  if (!row) {
    const outcome = context.signal.aborted ? 'stopped' : 'skipped';
    log.info('run not started', { run: runId, job: job.name, status: outcome });
    return { summary: skippedSummary(runId, job, outcome) };
  }
  log.info('run started', { run: runId, job: job.name, source: job.source });
  return openAll(row, job, adapters);
}

async function startWhenFree(runId: string, context: RunContext): Promise<StartedRun | null> {
  while (!context.signal.aborted) {
    const row = await context.adapters.ledger.start(runId);
    if (row === 'taken') return null;
    if (row !== 'busy') return row;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  return null;
}

async function openAll(row: StartedRun, job: Job, adapters: RunAdapters): Promise<OpenedRun> {
  const closers: (() => void | Promise<void>)[] = [() => row.release()];
  const release = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    await adapters.queue.cancelAbandoned();
    const model = await adapters.openModel(job.model);
    closers.push(() => model.classifier.close());
    const regions = await adapters.openRegions(job.regions, model.version.labels);
    const source = await adapters.openSource(job.source);
    closers.push(() => source.close());
    const keys = {
      runId: row.runId,
      modelVersionId: model.version.id,
      regionSnapshotId: regions?.snapshot.id ?? null,
    };
    await row.pin({ ...keys, source: source.url });
    const predictions = adapters.openPredictionStore(keys);
    const regionCache = createRegionCache();
    return { job, row, source, model, regions, regionCache, predictions, adapters, release };
  } catch (error) {
    await row.close({ ...UNKNOWN, status: 'failed', error: messageOf(error) });
    await release();
    throw error;
  }
}

const UNKNOWN = {
  listed: null,
  alreadyDone: null,
  predicted: null,
  rejected: null,
  pending: null,
};
