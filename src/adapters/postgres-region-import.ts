import { basename } from 'node:path';
import type { PoolClient } from 'pg';
import { messageOf } from '../domain/errors.ts';
import type { ImportPlan, ImportResult, OccurrenceCount } from '../domain/region-snapshot.ts';
import type { Log } from '../ports.ts';
import { type Database, type Queryable, sql, withoutTimeout } from './postgres-database.ts';
import { storeSnapshot } from './postgres-region-presence.ts';

/** One import under way: it holds a connection of its own, and the lock that keeps others waiting. */
export interface RegionImport {
  /** Adds counts; the same key may come many times. */
  stage(counts: readonly OccurrenceCount[]): Promise<void>;
  /** Computes and stores the snapshot in one transaction, and ends the import. */
  complete(totals: { records: number; badRecords: number }): Promise<ImportResult>;
  /** Ends the import and leaves nothing of it. Does nothing after `complete` has resolved. */
  discard(): Promise<void>;
}

/** Any constant that nothing else in the database locks: "regions" in ASCII. */
const IMPORT_LOCK = '32199633834667635';

/** Rows of one statement: some 200 kB. */
const STAGE_ROWS = 5_000;

/**
 * Opens an import: waits for any other to end, clears up after those that died, and takes the next
 * version of the name. What it stages lies in temporary tables, so a process that is killed leaves a
 * row that answers nothing, until the next import deletes it.
 */
export async function openRegionImport(
  database: Database,
  plan: ImportPlan,
  log: Log,
): Promise<RegionImport> {
  const client = await database.connect();
  const session = withoutTimeout(client);
  try {
    await lockImports(session, log);
    await session.query('delete from nightjar.region_snapshots where completed_at is null');
    const { id, version } = await insertSnapshot(session, plan);
    await session.query(sql('region-import-tables'));
    return holdImport(database, client, { ...plan, id, version }, log);
  } catch (error) {
    client.release(true); // ends the session, and with it its locks and temporary tables
    throw error;
  }
}

function holdImport(
  database: Database,
  client: PoolClient,
  plan: ImportPlan & { id: number; version: number },
  log: Log,
): RegionImport {
  const session = withoutTimeout(client);
  let open = true;
  const end = () => {
    open = false;
    client.release(true);
  };
  return {
    stage: (counts) => stage(session, counts),
    async complete(totals) {
      const result = await storeSnapshot(session, plan, totals);
      end();
      return result;
    },
    async discard() {
      if (!open) return;
      end();
      await database
        .query('delete from nightjar.region_snapshots where id = $1', [plan.id])
        .catch((error) => log.warn('dead region snapshot left', { error: messageOf(error) }));
    },
  };
}

async function lockImports(client: Queryable, log: Log): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock($1::bigint) as locked',
    [IMPORT_LOCK],
  );
  if (rows[0]?.locked) return;
  log.info('waiting for another import of regions to end');
  await client.query('select pg_advisory_lock($1::bigint)', [IMPORT_LOCK]);
}

async function insertSnapshot(
  client: Queryable,
  { name, resolution, parameters, fileName }: ImportPlan,
): Promise<{ id: number; version: number }> {
  const { rows } = await client.query<{ id: number; version: number }>(sql('region-import-open'), [
    name,
    resolution,
    JSON.stringify(parameters),
    basename(fileName),
  ]);
  return rows[0]!;
}

async function stage(client: Queryable, counts: readonly OccurrenceCount[]): Promise<void> {
  for (let start = 0; start < counts.length; start += STAGE_ROWS) {
    const page = counts.slice(start, start + STAGE_ROWS);
    await client.query(sql('region-import-stage'), [
      page.map(({ cell }) => BigInt(`0x${cell}`)),
      page.map(({ month }) => month),
      page.map(({ taxon }) => taxon ?? ''),
      page.map(({ observations }) => observations),
    ]);
  }
}
