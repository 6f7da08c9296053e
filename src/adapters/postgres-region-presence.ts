import {
  type ImportPlan,
  type ImportResult,
  type PresenceParameters,
  SNAPSHOT_LEVELS,
} from '../domain/region-snapshot.ts';
import { type Queryable, sql } from './postgres-database.ts';
import { relateLevels, relateNeighbours, relateParents } from './region-cells.ts';

/** Cells whose relations are computed and inserted at a time; each is up to seven rows. */
const PAGE_CELLS = 2_000;

/** For the sorts and hashes of this one transaction; more would be used only by very large imports. */
const WORK_MEMORY = '64MB';

/**
 * Turns what is staged into presence and effort and marks the snapshot complete: all in one
 * transaction, so that a snapshot answers whole or not at all. Formulas: `regions/presence.ts`.
 */
export async function storeSnapshot(
  client: Queryable,
  plan: ImportPlan & { id: number; version: number },
  totals: { records: number; badRecords: number },
): Promise<ImportResult> {
  await client.query('begin');
  try {
    await client.query(`set local work_mem = '${WORK_MEMORY}'`);
    const summary = await summarise(client);
    await smooth(client, plan);
    await rate(client, plan);
    const rows = await store(client, plan, summary.has_months);
    // The first run may come before autovacuum does.
    await client.query('analyze nightjar.region_presence, nightjar.region_effort');
    const { taxa, cells, has_months: hasMonths } = summary;
    const { records, badRecords } = totals;
    const completed = [plan.id, hasMonths, records, badRecords, taxa, cells];
    await client.query(sql('region-import-complete'), completed);
    await client.query('commit');
    const { id, name, version, resolution } = plan;
    return { snapshot: { id, name, version, resolution, hasMonths }, taxa, cells, ...rows };
  } catch (error) {
    await client.query('rollback').catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

async function summarise(client: Queryable) {
  await fill(client, 'taxa');
  await client.query('analyze region_import_staged');
  const { rows } = await client.query<{ taxa: number; cells: number; has_months: boolean }>(
    sql('region-import-summary'),
  );
  return rows[0]!;
}

/** Counts at every level, lent to the neighbours. */
async function smooth(client: Queryable, { resolution, parameters }: ImportPlan): Promise<void> {
  const coarsest = Math.max(0, resolution - SNAPSHOT_LEVELS + 1);
  await relate(client, 'staged', 'cell', 'levels', (cells) => relateLevels(cells, coarsest));
  await fill(client, 'counts');
  await relate(client, 'counts', 'cell', 'neighbours', (cells) =>
    relateNeighbours(cells, parameters.neighbourWeight),
  );
  await fill(client, 'smoothed');
  await relate(client, 'neighbours', 'target', 'parents', (cells) =>
    relateParents(cells, resolution, coarsest),
  );
  await fill(client, 'cells');
}

/** From the coarsest level to the finest, each shrunk towards the one before. */
async function rate(client: Queryable, { resolution, parameters }: ImportPlan): Promise<void> {
  const { shrinkage, minPresence, recordsAhead } = parameters;
  const minRate = -Math.log1p(-minPresence) / recordsAhead;
  const coarsestDepth = Math.min(resolution, SNAPSHOT_LEVELS - 1);
  for (let depth = coarsestDepth; depth >= 0; depth--) {
    await fill(client, 'rates', [depth, shrinkage, minRate]);
  }
}

async function store(
  client: Queryable,
  { id, parameters }: ImportPlan & { id: number },
  hasMonths: boolean,
): Promise<{ effortRows: number; presenceRows: number }> {
  const { recordsAhead, minPresence, minObservations, shrinkage } = parameters;
  const effort = await client.query(sql('region-import-effort'), [id]);
  const values = [id, recordsAhead, minPresence, minObservations];
  const year = await client.query(sql('region-import-year-presence'), values);
  const effortRows = effort.rowCount ?? 0;
  const yearRows = year.rowCount ?? 0;
  if (!hasMonths) return { effortRows, presenceRows: yearRows };
  await fill(client, 'months', transpose(relateMonths(parameters.adjacentMonthWeight)));
  const months = await client.query(sql('region-import-month-presence'), [...values, shrinkage]);
  return { effortRows, presenceRows: yearRows + (months.rowCount ?? 0) };
}

/** Each month to itself and, across the turn of the year too, to those beside it. */
function relateMonths(weight: PresenceParameters['adjacentMonthWeight']): number[][] {
  return Array.from({ length: 12 }, (_, month) => [
    [month + 1, month + 1, 1],
    [month + 1, ((month + 1) % 12) + 1, weight],
    [month + 1, ((month + 11) % 12) + 1, weight],
  ]).flat();
}

/** Runs `region-import-TABLE.sql` and has the planner look at what it made: nobody else does. */
async function fill(client: Queryable, table: string, values: unknown[] = []): Promise<void> {
  await client.query(sql(`region-import-${table}`), values);
  await client.query(`analyze region_import_${table}`);
}

/** Fills a table of relations from another table's distinct cells, a page at a time. */
async function relate(
  client: Queryable,
  from: string,
  column: string,
  table: string,
  related: (cells: readonly string[]) => unknown[][],
): Promise<void> {
  await client.query(
    `declare cells cursor for select distinct to_hex(${column}) as cell from region_import_${from}`,
  );
  for (;;) {
    const { rows } = await client.query<{ cell: string }>(`fetch ${PAGE_CELLS} from cells`);
    if (rows.length === 0) break;
    const values = transpose(related(rows.map(({ cell }) => cell)));
    await client.query(sql(`region-import-${table}`), values);
  }
  await client.query('close cells');
  await client.query(`analyze region_import_${table}`);
}

/** Rows to the columns that `unnest` takes. */
function transpose(rows: readonly unknown[][]): unknown[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}
