import type { RunAdapters } from './context.ts';
import { previewListing } from './discover.ts';
import type { Job } from './job.ts';
import type { RunSummary } from './summary.ts';

/** What a run would find, with everything opened and checked as for a real one, and nothing changed. */
export async function previewRun(job: Job, adapters: RunAdapters): Promise<RunSummary> {
  const startedAt = Date.now();
  const model = await adapters.openModel(job.model);
  try {
    const regions = await adapters.openRegions(job.regions, model.version.labels);
    const source = await adapters.openSource(job.source);
    let listed = 0;
    let alreadyDone = 0;
    try {
      for await (const page of previewListing(source, adapters.ledger, model.version.id)) {
        listed += page.listed;
        alreadyDone += page.alreadyDone;
      }
    } finally {
      source.close();
    }
    return {
      run: null,
      job: job.name,
      status: 'dry_run',
      model: `${model.version.name}@${model.version.version}`,
      regions: regions && `${regions.snapshot.name}@${regions.snapshot.version}`,
      listed,
      alreadyDone,
      predicted: 0,
      rejected: 0,
      pending: listed - alreadyDone,
      seconds: (Date.now() - startedAt) / 1000,
      photosPerSecond: 0,
    };
  } finally {
    await model.classifier.close();
  }
}
