import type { NewRun, RunAdapters } from './context.ts';
import { previewListing } from './discover.ts';
import { specOf } from './open-run.ts';
import { openWorkbench } from './open-workbench.ts';
import { isSelected } from './select-photos.ts';
import type { RunSummary } from './summary.ts';

/** What a run would do. */
export interface Preview extends RunSummary {
  /** Of the pending photos. */
  readonly pendingBytes: number;
  /** Photos that the source lists and whose time is not known, so that no window holds them. */
  readonly timeUnknown: number;
}

/** What a run would find, with everything opened and checked as for a real one, and nothing changed. */
export async function previewRun(request: NewRun, adapters: RunAdapters): Promise<Preview> {
  const startedAt = Date.now();
  const bench = await openWorkbench('0', specOf(request), adapters);
  const { spec, source, run } = bench;
  const found = { listed: 0, alreadyDone: 0, pending: 0, pendingBytes: 0, timeUnknown: 0 };
  try {
    for await (const page of previewListing(source, adapters.ledger, { ...run, runId: null })) {
      for (const photo of page) {
        if (spec.selection?.by === 'captured' && photo.capturedClock === null) found.timeUnknown++;
        if (spec.selection && !isSelected(photo, spec.selection)) continue;
        found.listed++;
        if (photo.done) found.alreadyDone++;
        else {
          found.pending++;
          found.pendingBytes += photo.size;
        }
      }
    }
  } finally {
    await bench.release();
  }
  return {
    run: null,
    job: spec.job,
    kind: spec.kind,
    status: 'dry_run',
    reason: null,
    model: spec.model,
    regions: bench.regions && spec.regions,
    ...found,
    predicted: 0,
    rejected: 0,
    seconds: (Date.now() - startedAt) / 1000,
    photosPerSecond: 0,
  };
}
