import { NightjarError } from '../domain/errors.ts';
import type { ImportPlan, ImportResult, OccurrenceCount } from '../domain/region-snapshot.ts';
import type { Log } from '../ports.ts';
import { countOccurrences, type OccurrenceTotals } from './count-occurrences.ts';
import { PRESENCE_PARAMETERS } from './presence.ts';
import { SNAPSHOT_NAME } from './snapshots.ts';

/** What an import needs of the database; see `adapters/postgres-region-import.ts`. */
export interface OccurrenceSink {
  stage(counts: readonly OccurrenceCount[]): Promise<void>;
  complete(totals: { records: number; badRecords: number }): Promise<ImportResult>;
  discard(): Promise<void>;
}

/** What is imported, and as what. */
export interface ImportOptions {
  /** Path of a CSV or TSV file with a header. */
  readonly file: string;
  /** Name of the snapshot: letters, digits, `.`, `_` and `-`. Its version is the next free one. */
  readonly name: string;
  /**
   * H3 resolution of the finest cells, 0–7. Default 4 (cells of 1,770 km², some 50 km across): finer
   * cells are true to the place but need more records before they answer.
   */
  readonly resolution?: number;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** What an import did: the file's rows and what became of them, and the snapshot made of them. */
export interface ImportSummary extends OccurrenceTotals, ImportResult {
  readonly seconds: number;
}

/** Default of `ImportOptions.resolution`. */
const DEFAULT_RESOLUTION = 4;

const MAX_RESOLUTION = 7;

/**
 * Imports occurrence records as a new snapshot, which nothing changes afterwards. Bad rows are counted
 * and told, never fatal. When anything fails nothing is left, and no older snapshot is touched.
 *
 * @param openSink takes the plan of the import and opens it in the database
 * @throws USAGE for a name or a resolution that cannot be
 * @throws REGIONS_INVALID when the file is none, lacks a column, or has no usable row
 */
export async function importOccurrences(
  openSink: (plan: ImportPlan) => Promise<OccurrenceSink>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const startedAt = performance.now();
  const plan = planImport(options);
  const sink = await openSink(plan);
  try {
    const totals = await countOccurrences({
      file: options.file,
      resolution: plan.resolution,
      flush: (counts) => sink.stage(counts),
      onProgress: (rows) => options.log.debug('reading occurrences', { rows }),
      signal: options.signal,
    });
    options.signal?.throwIfAborted();
    const { observations: records, badRows: badRecords } = totals;
    const result = await sink.complete({ records, badRecords });
    return { ...totals, ...result, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await sink.discard();
  }
}

function planImport({ name, file, resolution = DEFAULT_RESOLUTION }: ImportOptions): ImportPlan {
  if (!SNAPSHOT_NAME.test(name)) {
    throw new NightjarError(
      'USAGE',
      `Expected letters, digits, ".", "_" and "-" for the snapshot's name but received "${name}".`,
    );
  }
  if (!Number.isInteger(resolution) || resolution < 0 || resolution > MAX_RESOLUTION) {
    throw new NightjarError(
      'USAGE',
      `Expected an integer 0–${MAX_RESOLUTION} for resolution but received ${resolution}.`,
    );
  }
  return { name, resolution, fileName: file, parameters: PRESENCE_PARAMETERS };
}
