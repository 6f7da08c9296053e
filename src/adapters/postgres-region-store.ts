import { cellToParent, getResolution } from 'h3-js';
import type { RegionalFeatures, RegionQuery, RegionSnapshot } from '../domain/region.ts';
import { MIN_OBSERVATIONS, SNAPSHOT_LEVELS, snapshotTaxon } from '../domain/region-snapshot.ts';
import { type Label, rankOf } from '../domain/taxonomy.ts';
import type { RegionStore } from '../ports.ts';
import { type Queryable, sql } from './postgres-database.ts';

/** What a store answers from, and for which labels. */
export interface RegionStoreOptions {
  readonly snapshot: RegionSnapshot;
  /** In the order of the model's output. */
  readonly labels: readonly Label[];
  /** Observations a cell needs before it answers. Default, and least, 25; see `MIN_OBSERVATIONS`. */
  readonly minObservations?: number;
}

interface FeatureRow {
  query: number;
  cell: string;
  month: number;
  positions: number[] | null;
  presences: number[] | null;
}

/** The labels as the database is asked for them. */
interface LabelIndex {
  /** Names of taxa, each once. */
  readonly taxa: readonly string[];
  /** For each name, the labels it stands for: several where labels are subspecies. */
  readonly labels: readonly (readonly number[])[];
  /** `[labels]`: presence where nothing is recorded, 0 or NaN. */
  readonly blank: Float32Array;
}

/** Opens the regional features of one snapshot for one model's labels. */
export async function openRegionStore(
  database: Queryable,
  options: RegionStoreOptions,
): Promise<RegionStore> {
  const { snapshot, labels } = options;
  const minObservations = Math.max(MIN_OBSERVATIONS, options.minObservations ?? 0);
  const index = await indexLabels(database, snapshot, labels);
  return {
    hasMonths: snapshot.hasMonths,
    coarsen: (cell) => coarsen(cell, snapshot.resolution),
    async fetchFeatures(queries) {
      const { distinct, numbers } = numberQueries(queries, snapshot);
      const candidates = distinct.flatMap((query, i) => listCandidates(query, i, snapshot));
      const { rows } = await database.query<FeatureRow>(sql('fetch-region-features'), [
        snapshot.id,
        minObservations,
        candidates.map(({ number }) => number),
        candidates.map(({ month }) => month),
        candidates.map(({ depth }) => depth),
        candidates.map(({ cell }) => cell),
        index.taxa,
      ]);
      const answers = new Map(rows.map((row) => [row.query, toFeatures(row, index)]));
      return numbers.map((number) => answers.get(number) ?? null);
    },
  };
}

/** Equal (cell, month) pairs get one number, after the snapshot's own resolution is reached. */
function numberQueries(queries: readonly RegionQuery[], snapshot: RegionSnapshot) {
  const known = new Map<string, number>();
  const distinct: RegionQuery[] = [];
  const numbers = queries.map((query) => {
    const cell = coarsen(query.cell, snapshot.resolution);
    const key = `${cell} ${query.month}`;
    const number = known.get(key) ?? distinct.push({ cell, month: query.month }) - 1;
    known.set(key, number);
    return number;
  });
  return { distinct, numbers };
}

function coarsen(cell: string, resolution: number): string {
  if (getResolution(cell) < resolution) {
    throw new RangeError(
      `Expected a cell of resolution ${resolution} or finer but received ${cell} of ` +
        `resolution ${getResolution(cell)}`,
    );
  }
  return cellToParent(cell, resolution);
}

function listCandidates({ cell, month }: RegionQuery, number: number, snapshot: RegionSnapshot) {
  const levels = Math.min(SNAPSHOT_LEVELS, snapshot.resolution + 1);
  return Array.from({ length: levels }, (_, depth) => ({
    number,
    month,
    depth,
    cell: cellToParent(cell, snapshot.resolution - depth),
  }));
}

function toFeatures(row: FeatureRow, index: LabelIndex): RegionalFeatures {
  const presence = index.blank.slice();
  row.positions?.forEach((position, i) => {
    for (const label of index.labels[position - 1]!) presence[label] = row.presences![i]!;
  });
  return { cell: row.cell, month: row.month, presence };
}

/**
 * Which labels the snapshot can speak of: species, of a class of which it has any record at all. One
 * that holds birds alone says nothing about mammals. A species whose class is not given stands for
 * itself: without a record of its own the snapshot has nothing to say.
 */
async function indexLabels(
  database: Queryable,
  snapshot: RegionSnapshot,
  labels: readonly Label[],
): Promise<LabelIndex> {
  const species = labels.filter((label) => label.kind === 'animal' && rankOf(label) === 'species');
  const names = species.map((label) => snapshotTaxon(label.scientificName));
  const { rows } = await database.query<{ taxon: string }>(sql('list-recorded-taxa'), [
    snapshot.id,
    [...new Set(names)],
  ]);
  const recorded = new Set(rows.map(({ taxon }) => taxon));
  const groupOf = (label: Label) => label.class ?? snapshotTaxon(label.scientificName);
  const covered = new Set(species.filter((_, i) => recorded.has(names[i]!)).map(groupOf));
  const blank = new Float32Array(labels.length).fill(Number.NaN);
  const byTaxon = new Map<string, number[]>();
  species.forEach((label, i) => {
    if (!covered.has(groupOf(label))) return;
    const position = labels.indexOf(label);
    blank[position] = 0;
    byTaxon.set(names[i]!, [...(byTaxon.get(names[i]!) ?? []), position]);
  });
  return { taxa: [...byTaxon.keys()], labels: [...byTaxon.values()], blank };
}
