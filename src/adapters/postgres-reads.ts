import { cellToChildren, cellToParent, getResolution } from 'h3-js';
import { types } from 'pg';
import { areasIn, areasNear } from '../privacy/areas.ts';
import type {
  CountRow,
  FailureRow,
  PhotoRow,
  PredictionRow,
  ReadableModel,
  Reads,
  RunRow,
  SeenLabel,
} from '../reads.ts';
import { type Queryable, sql } from './postgres-database.ts';

const AREA_RESOLUTION = 5;
const CELL_RESOLUTION = 7;

/** Reads of predictions, photos, counts and runs. */
export function postgresReads(database: Queryable): Reads {
  const ask = async <R>(name: string, values: unknown[] = []): Promise<R[]> => {
    const { rows, fields } = await database.query<Record<string, unknown>>(sql(name), values);
    const times = fields.filter(({ dataTypeID }) => dataTypeID === types.builtins.TIMESTAMPTZ);
    for (const { name: column } of times) for (const row of rows) toText(row, column);
    return rows as R[];
  };
  const listAreas = async (labels: readonly string[] | null) => {
    const rows = labels
      ? await ask<{ area: string }>('list-seen-areas', [labels])
      : await ask<{ area: string }>('list-areas');
    return rows.map(({ area }) => area);
  };
  return {
    listModels: () => ask<ReadableModel>('list-readable-models'),
    listAreas,
    async listPredictions(filter, privacy, { after, limit }) {
      const { box, cell } = filter;
      const inside = box && areasIn(box, privacy.areas);
      // Few areas tell where a box has photos at all, without reading the photos.
      const near = box && areasNear(box, await listAreas(null));
      const areas = both(near, cell === null ? null : areasOf(cell));
      if (areas?.length === 0) return [];
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
        areas,
        privacy.labels,
        after?.time ?? null,
        after?.photo ?? null,
        after?.model ?? null,
        limit,
      ]);
    },
    listFailures: ({ modelVersionId, run, source, keyPrefix }, after, limit) =>
      ask<FailureRow>('list-failures', [
        modelVersionId,
        run,
        source,
        keyPrefix,
        after ?? '0',
        limit,
      ]),
    listModelSources: async (modelVersionId) =>
      (await ask<{ source: string }>('list-model-sources', [modelVersionId])).map(
        ({ source }) => source,
      ),
    async findPhoto(id, { labels }) {
      return (await ask<PhotoRow>('find-photo', [id, labels]))[0] ?? null;
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

/** What is in both lists; null: everything is. */
function both(one: readonly string[] | null, other: readonly string[] | null) {
  if (!one || !other) return one ?? other;
  const others = new Set(other);
  return one.filter((area) => others.has(area));
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

/** A time as ISO 8601, as it leaves the program. */
function toText(row: Record<string, unknown>, column: string): void {
  const value = row[column];
  if (value instanceof Date) row[column] = value.toISOString();
}
