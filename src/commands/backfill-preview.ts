import { sql } from '../adapters/postgres-database.ts';
import type { NewRun, RunContext } from '../run/context.ts';
import { type Preview, previewRun } from '../run/preview-run.ts';
import type { App } from './open-app.ts';

/** What a backfill would do, and how long it might take. */
export interface BackfillPreview extends Preview {
  /** Of the model's last runs, whatever machines they ran on; null where there was none of 50 photos. */
  readonly measuredPhotosPerSecond: number | null;
  /** Null where no rate is known. */
  readonly etaSeconds: number | null;
}

/** Counts what is pending in the window, and estimates from the throughput of the model's last runs. */
export async function estimate(
  request: NewRun,
  { database }: App,
  withContext: (work: (context: RunContext) => Promise<Preview>) => Promise<Preview>,
): Promise<BackfillPreview> {
  const preview = await withContext(({ adapters }) => previewRun(request, adapters));
  const { rows } = await database.query<{ photos: number; seconds: number }>(
    sql('recent-rate'),
    (preview.model ?? '@').split('@'),
  );
  const photos = rows.reduce((sum, row) => sum + row.photos, 0);
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  const rate = seconds > 0 ? photos / seconds : null;
  const pending = Math.min(preview.pending, request.limit ?? Number.POSITIVE_INFINITY);
  return {
    ...preview,
    measuredPhotosPerSecond: rate && Math.round(rate * 100) / 100,
    etaSeconds: rate && Math.ceil(pending / rate),
  };
}

/** A backfill's preview for people. */
export function formatBackfillPreview(preview: BackfillPreview): string {
  const count = (n: number) => n.toLocaleString('en');
  const { job, model, regions, listed, alreadyDone, pending, pendingBytes, timeUnknown } = preview;
  return [
    `Dry run of a backfill of job ${job}: nothing was changed`,
    `  model ${model}, regions ${regions ?? 'none'}`,
    `  ${count(listed)} in the window = ${count(alreadyDone)} already done + ${count(pending)} pending`,
    `  ${formatBytes(pendingBytes)} to fetch, ${formatEta(preview)}`,
    ...(timeUnknown > 0
      ? [
          `  ${count(timeUnknown)} more are in no window: no run has read when they were taken, or they do not say`,
        ]
      : []),
  ].join('\n');
}

function formatEta({ etaSeconds, measuredPhotosPerSecond }: BackfillPreview): string {
  if (etaSeconds === null)
    return 'time unknown: no run of 50 photos of this model was measured yet';
  const duration =
    etaSeconds < 120
      ? `${etaSeconds} s`
      : etaSeconds < 7200
        ? `${Math.round(etaSeconds / 60)} min`
        : `${(etaSeconds / 3600).toFixed(1)} h`;
  return `about ${duration} at the ${measuredPhotosPerSecond} photos/s of this model's last runs`;
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${units[step]}`;
}
