import { readHealth } from '../../src/adapters/postgres-health.ts';
import { PostgresRunLedger } from '../../src/adapters/postgres-run-ledger.ts';
import { settleWatermark, type WatermarkOptions } from '../../src/adapters/postgres-watermarks.ts';
import type { Health } from '../../src/health/health.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

/** A database with one model, `fox@1` in production, and hands to fill it with. */
export interface HealthBench {
  readonly test: TestDatabase;
  readonly source: string;
  readonly modelVersionId: number;
  health(): Promise<Health>;
  /** Notes a page of the listing, `KEY` or `KEY:ETAG`. @returns ids in the order of the keys */
  list(...keys: string[]): Promise<string[]>;
  predict(...photoIds: string[]): Promise<void>;
  reject(
    photoId: string,
    options?: { final?: boolean; code?: string; run?: string },
  ): Promise<void>;
  /** Inserts a run of job `nightly`, over by default. @returns its id */
  addRun(columns?: Readonly<Record<string, unknown>>): Promise<string>;
  settle(options?: Partial<WatermarkOptions>): Promise<void>;
  watermark(): Promise<number | null>;
  query<R>(text: string, values?: unknown[]): Promise<R[]>;
}

/** A time so many hours ago. */
export const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);

/** Sets a bench up on a database of its own; `test.drop` takes it down. */
export async function openHealthBench(): Promise<HealthBench> {
  const test = await createTestDatabase();
  const { database } = test;
  const source = 's3://photos/incoming/';
  const query = async <R>(text: string, values?: unknown[]) =>
    (await database.query<R & Record<string, unknown>>(text, values)).rows as R[];
  await query(`insert into nightjar.models (name) values ('fox')`);
  const [version] = await query<{ id: number }>(
    `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
     values (1, '1', 'none', '{}', '[]') returning id`,
  );
  const modelVersionId = version?.id ?? 0;
  await query(`insert into nightjar.model_aliases (model_id, alias, model_version_id)
    values (1, 'production', ${modelVersionId})`);
  const ledger = new PostgresRunLedger(database);
  let ticks = 0;
  const bench: HealthBench = {
    test,
    source,
    modelVersionId,
    query,
    health: () => readHealth(database),
    async list(...names) {
      const page = names.map((name) => toListed(name));
      await ledger.noteListed(source, page, { modelVersionId, reprocess: 'none', runId: null });
      const rows = await query<{ id: string }>(
        `select p.id::text as id from unnest($2::text[], $3::text[]) with ordinality l(key, etag, n)
         join nightjar.photos p on p.source = $1 and p.key = l.key and p.etag = l.etag order by l.n`,
        [source, page.map(({ key }) => key), page.map(({ etag }) => etag)],
      );
      return rows.map(({ id }) => id);
    },
    async predict(...photoIds) {
      await query(
        `insert into nightjar.predictions (photo_id, model_version_id, run_id, label, rank, score,
           decision, vision_label, vision_score, fusion, raw_labels, raw_scores)
         select id, $2, (select min(id) from nightjar.runs), 'Vulpes vulpes', 'species', 0.9,
           'vision', 'Vulpes vulpes', 0.9, 'none', '{0}', '{0.9}'
         from unnest($1::bigint[]) id`,
        [photoIds, modelVersionId],
      );
    },
    async reject(photoId, { final = true, code = 'IMAGE_EMPTY', run } = {}) {
      await query(
        `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message, attempts, final)
         values ($1, $2, coalesce($5::bigint, (select min(id) from nightjar.runs)), 'extract', $3, 'Expected bytes', 1, $4)`,
        [photoId, modelVersionId, code, final, run ?? null],
      );
    },
    async addRun(columns = {}) {
      const row: Record<string, unknown> = {
        job: 'nightly',
        logical_time: new Date(Date.now() - 3_600_000 + 1000 * ticks++),
        trigger: 'schedule',
        status: 'done',
        source,
        model_version_id: modelVersionId,
        started_at: hoursAgo(1),
        finished_at: hoursAgo(0.5),
        ...columns,
      };
      const names = Object.keys(row);
      const [inserted] = await query<{ id: string }>(
        `insert into nightjar.runs (${names.join(', ')})
         values (${names.map((_, n) => `$${n + 1}`).join(', ')}) returning id::text`,
        Object.values(row),
      );
      return inserted?.id ?? '';
    },
    settle: (options = {}) => settleWatermark(database, { source, modelVersionId, ...options }),
    async watermark() {
      const [row] = await query<{ id: number }>(
        'select photo_id::integer as id from nightjar.watermarks where source = $1 and model_version_id = $2',
        [source, modelVersionId],
      );
      return row?.id ?? null;
    },
  };
  return bench;
}

/** A listed photo from `KEY` or `KEY:ETAG`, of 3 August 2020. */
export function toListed(name: string) {
  const [key = '', etag = '1'] = name.split(':');
  return { key, etag, size: 1, lastModified: new Date('2020-08-03T00:00:00Z') };
}
