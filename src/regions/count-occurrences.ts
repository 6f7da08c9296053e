import { cellToParent, latLngToCell } from 'h3-js';
import { NightjarError } from '../domain/errors.ts';
import { PHOTO_CELL_RESOLUTION } from '../domain/region.ts';
import type { OccurrenceCount } from '../domain/region-snapshot.ts';
import { findColumns } from './occurrence-columns.ts';
import { type BadReason, type Occurrence, parseOccurrence } from './parse-occurrence.ts';
import { type OccurrenceRow, readOccurrenceRows } from './read-occurrence-rows.ts';

/** Rows that were not counted for one reason. */
export interface BadRows {
  readonly reason: BadReason;
  readonly rows: number;
  /** The first few: line in the file, from 1, and the value to blame. */
  readonly examples: readonly { readonly line: number; readonly value: string }[];
}

/** What a file held. */
export interface OccurrenceTotals {
  /** Rows after the header. */
  readonly rows: number;
  /** Rows that were counted, recorded absences among them. */
  readonly observations: number;
  /** Of these, recorded absences. */
  readonly absences: number;
  /** Rows that were not: `rows − observations`. */
  readonly badRows: number;
  /** The most frequent reason first. */
  readonly bad: readonly BadRows[];
}

/** What is counted, and where counts go. */
export interface CountOptions {
  readonly file: string;
  /** H3 resolution of the cells. */
  readonly resolution: number;
  /** Takes counts whenever `maxPending` are pending and at the end; the same key may come again. */
  readonly flush: (counts: readonly OccurrenceCount[]) => Promise<void>;
  /** Keys (cell, month, taxon) held in memory at most. Default 100,000: some 20 MB. */
  readonly maxPending?: number;
  /** Called after every 100,000 rows. */
  readonly onProgress?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

const MAX_PENDING = 100_000;
const MAX_EXAMPLES = 3;
const PROGRESS_ROWS = 100_000;

/**
 * Counts the observations of a file by cell, month and taxon, in memory that does not grow with it.
 *
 * @throws REGIONS_INVALID when the file is none, lacks a column, or has no usable row
 */
export async function countOccurrences(options: CountOptions): Promise<OccurrenceTotals> {
  const rows = readOccurrenceRows(options.file, options.signal);
  const { value: header } = await rows.next();
  const columns = findColumns(header?.fields ?? []);
  const pending = new PendingCounts(options.resolution);
  const tally = new Tally();
  for await (const row of rows) {
    const parsed = parseOccurrence(row.fields, columns);
    tally.add(row, parsed);
    if (!('bad' in parsed)) pending.add(parsed);
    if (pending.size >= (options.maxPending ?? MAX_PENDING)) await options.flush(pending.take());
    if (tally.rows % PROGRESS_ROWS === 0) options.onProgress?.(tally.rows);
  }
  if (tally.observations === 0) throw nothingUsable(options.file, tally.totals());
  await options.flush(pending.take());
  return tally.totals();
}

/** Observations by cell, month and taxon, until they are handed on. */
class PendingCounts {
  readonly #resolution: number;
  #counts = new Map<string, number>();

  constructor(resolution: number) {
    this.#resolution = resolution;
  }

  get size(): number {
    return this.#counts.size;
  }

  add({ latitude, longitude, month, taxon, present }: Occurrence): void {
    // By way of the cell a photo there would have: near its border the parent of a fine cell is not
    // always the coarse cell that holds the point, and records must go where photos look.
    const fine = latLngToCell(latitude, longitude, PHOTO_CELL_RESOLUTION);
    const cell = cellToParent(fine, this.#resolution);
    const key = `${cell}\t${month}\t${present ? taxon : ''}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  take(): OccurrenceCount[] {
    const counts = [...this.#counts].map(([key, observations]) => {
      const [cell = '', month, taxon] = key.split('\t');
      return { cell, month: Number(month), taxon: taxon || null, observations };
    });
    this.#counts = new Map();
    return counts;
  }
}

/** What became of the rows. */
class Tally {
  rows = 0;
  observations = 0;
  #absences = 0;
  readonly #bad = new Map<
    BadReason,
    { rows: number; examples: { line: number; value: string }[] }
  >();

  add({ line }: OccurrenceRow, parsed: ReturnType<typeof parseOccurrence>): void {
    this.rows++;
    if ('bad' in parsed) {
      const bad = this.#bad.get(parsed.bad) ?? { rows: 0, examples: [] };
      bad.rows++;
      if (bad.examples.length < MAX_EXAMPLES) bad.examples.push({ line, value: parsed.value });
      this.#bad.set(parsed.bad, bad);
    } else {
      this.observations++;
      if (!parsed.present) this.#absences++;
    }
  }

  totals(): OccurrenceTotals {
    const bad = [...this.#bad]
      .map(([reason, { rows, examples }]) => ({ reason, rows, examples }))
      .sort((a, b) => b.rows - a.rows);
    const { rows, observations } = this;
    return { rows, observations, absences: this.#absences, badRows: rows - observations, bad };
  }
}

function nothingUsable(file: string, { rows, bad }: OccurrenceTotals): NightjarError {
  const reasons = bad.map(({ reason, rows, examples: [first] }) => {
    return `${reason} ${rows} (line ${first?.line}: "${first?.value}")`;
  });
  return new NightjarError(
    'REGIONS_INVALID',
    `Expected at least one usable record in ${file} but ` +
      (rows === 0
        ? 'it has no rows after its header.'
        : `all ${rows} are bad: ${reasons.join(', ')}.`),
  );
}
