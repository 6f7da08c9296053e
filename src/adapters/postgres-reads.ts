import { cellToChildren, cellToParent, getResolution } from 'h3-js';
import { areasIn } from '../privacy/areas.ts';
import type {
  CountRow,
  PhotoRow,
  PredictionRow,
  ReadableModel,
  Reads,
  RunRow,
  SeenLabel,
} from '../reads.ts';
import { type Database, sql } from './postgres-database.ts';

const AREA_RESOLUTION = 5;
const CELL_RESOLUTION = 7;

/** Reads of predictions, photos, counts and runs. */
export function postgresReads(database: Database): Reads {
  const ask = async <R>(name: string, values: unknown[] = []): Promise<R[]> =>
    (await database.query<Record<string, unknown>>(sql(name), values)).rows.map(
      (row) => withTextTimes(row) as R,
    );
  const listAreas = async (labels: readonly string[] | null) =>
    (await ask<{ area: string }>('list-counted-areas', [labels])).map(({ area }) => area);
  return {
    listModels: () => ask<ReadableModel>('list-readable-models'),
    listAreas,
    async listPredictions(filter, privacy, { after, limit }) {
      const { box, cell } = filter;
      const inside = box && areasIn(box, privacy.areas);
      return ask<PredictionRow>('list-predictions', [
        filter.modelVersionIds,
        filter.labels,
        filter.from,
        filter.to,
        filter.minScore,
        filter.decisions,
        filter.run,
        filter.source,
        filter.keyPrefix,
        box,
        inside,
        cell && fineCells(cell),
        cell && areasOf(cell),
        privacy.labels,
        privacy.areas,
        after?.time ?? null,
        after?.photo ?? null,
        limit,
      ]);
    },
    async findPhoto(id, { labels, areas }) {
      return (await ask<PhotoRow>('find-photo', [id, labels, areas]))[0] ?? null;
    },
    countPredictions: (filter, { dimensions, width, resolution }, limit) =>
      ask<CountRow>('list-daily-counts', [
        filter.modelVersionIds,
        filter.labels,
        filter.firstDay,
        filter.lastDay,
        filter.decisions,
        filter.source,
        filter.areas,
        dimensions,
        width,
        limit,
        resolution,
      ]),
    listSeenLabels: (modelVersionIds) => ask<SeenLabel>('list-counted-labels', [modelVersionIds]),
    listRuns: ({ job, status, kind }, before, limit) =>
      ask<RunRow>('list-run-page', [job, status, kind, before, limit, null]),
    async findRun(run) {
      return (await ask<RunRow>('list-run-page', [null, null, null, null, 1, run]))[0] ?? null;
    },
  };
}

/** The photos' cells in a cell finer than an area; null for others. */
function fineCells(cell: string): string[] | null {
  return getResolution(cell) > AREA_RESOLUTION ? cellToChildren(cell, CELL_RESOLUTION) : null;
}

/** The areas in a cell, or the one around it. */
function areasOf(cell: string): string[] {
  return getResolution(cell) > AREA_RESOLUTION
    ? [cellToParent(cell, AREA_RESOLUTION)]
    : cellToChildren(cell, AREA_RESOLUTION);
}

/** Times as ISO 8601, as they leave the program. */
function withTextTimes(row: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(row)) {
    if (value instanceof Date) row[key] = value.toISOString();
  }
  return row;
}
