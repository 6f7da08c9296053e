import type { Database } from '../src/adapters/postgres-database.ts';
import { PostgresRunLedger } from '../src/adapters/postgres-run-ledger.ts';
import type { RunAdapters } from '../src/run/context.ts';
import type { FilledLedger, LedgerSize } from './fill-ledger.ts';
import { listFilled } from './list-filled.ts';
import { endRun, openAdapters, planRun, startRun } from './plan-run.ts';
import { time } from './report-plans.ts';

/** The times of a page, of planning and of reconciling, where nothing new is pending. */
export async function measureSteadyRuns(
  { database, observed }: { readonly database: Database; readonly observed: Database },
  { sources, modelVersionIds }: FilledLedger,
  size: LedgerSize,
): Promise<void> {
  const adapters = await openAdapters(database);
  const [modelVersionId = 0] = modelVersionIds;
  const night = async (which: readonly string[], ledger: RunAdapters['ledger']) => {
    for (const url of which) {
      const opened = await startRun(listFilled(url, size), modelVersionId, { ...adapters, ledger });
      await endRun(await planRun(opened), opened);
    }
  };
  await time(
    `listing, planning, reconciling and closing ${sources.length} runs over all photos`,
    () => night(sources, adapters.ledger),
  );
  await night(sources.slice(0, 1), new PostgresRunLedger(observed));
  await adapters.queue.close();
}

/** Counting a run that has all photos in its shards. */
export async function measureLargeRun(
  { database, observed }: { readonly database: Database; readonly observed: Database },
  { modelVersionIds }: FilledLedger,
  { photos, pending }: LedgerSize,
): Promise<void> {
  const { rows } = await database.query<{ id: string }>(
    `insert into nightjar.runs (job, logical_time, trigger, status) values ('large', now(), 'shell', 'done')
     returning id::text`,
  );
  const runId = rows[0]?.id ?? '';
  await database.query(
    `insert into nightjar.shards (run_id, index, photo_ids, finished_at)
     select $1, n, array(select n * 500::bigint + i from generate_series(1, 500) i), now()
     from generate_series(0, $2::integer / 500 - 1) n`,
    [runId, photos - pending],
  );
  await database.query('vacuum analyze nightjar.shards');
  const viewer = { modelVersionId: modelVersionIds[0] ?? 0, reprocess: 'none', runId } as const;
  const what = `reconciling a run of ${(photos - pending).toLocaleString('en')} photos`;
  await time(what, () => new PostgresRunLedger(database).count(runId, viewer));
  await new PostgresRunLedger(observed).count(runId, viewer);
}

const SHARDS = 2000;

/** Shards that are claimed and finished with nothing left to do in them: the queue's own pace. */
export async function measureShards(
  database: Database,
  { sources, modelVersionIds }: FilledLedger,
  size: LedgerSize,
): Promise<void> {
  const adapters = await openAdapters(database);
  const [modelVersionId = 0] = modelVersionIds;
  for (const hands of [1, 2, 4]) {
    const opened = await startRun(listFilled(sources[0] ?? '', size), modelVersionId, adapters);
    const { run, row } = opened;
    // 500 photos each, as a night's shards: claiming one reads whether they are still pending.
    const shards = Array.from({ length: SHARDS }, (_, n) =>
      Array.from({ length: 500 }, (_, i) => String(((n * 500 + i) % 1000) + 1)),
    );
    await time(`putting ${SHARDS} shards of 500 photos into the manifest and onto the queue`, () =>
      adapters.queue.enqueue(run.runId, shards),
    );
    const store = adapters.openPredictionStore({ ...run, regionSnapshotId: null });
    const start = performance.now();
    await Promise.all(
      Array.from({ length: hands }, async () => {
        for (;;) {
          const shard = await adapters.queue.claim(run);
          if (!shard) return;
          await store.load(shard, [], true);
        }
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${(SHARDS / seconds).toFixed(0).padStart(8)} shards/s claimed and finished, ${hands} at a time`,
    );
    await adapters.queue.withdraw(run.runId);
    await row.release();
  }
  await adapters.queue.close();
}

/** What a row takes on disk, indexes and all. */
export async function measureSizes(database: Database): Promise<void> {
  console.log('\nsizes');
  for (const table of ['photos', 'predictions', 'rejects', 'shards']) {
    const { rows } = await database.query<{ n: number; total: string; heap: string }>(
      `select count(*)::integer as n, pg_total_relation_size('nightjar.${table}') as total,
         pg_relation_size('nightjar.${table}') as heap from nightjar.${table}`,
    );
    const { n = 1, total = '', heap = '' } = rows[0] ?? {};
    console.log(
      `  ${table.padEnd(12)}${n.toLocaleString('en').padStart(10)} rows, ` +
        `${Math.round(Number(total) / 2 ** 20)} MiB: ${Math.round(Number(total) / n)} bytes a row, ` +
        `${Math.round(Number(heap) / n)} without indexes`,
    );
  }
}
