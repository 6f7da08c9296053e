import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openEmbeddedPostgres } from '../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../src/adapters/pg-boss-queue.ts';
import { type Database, openDatabase, sql } from '../src/adapters/postgres-database.ts';
import { readHealth } from '../src/adapters/postgres-health.ts';
import { migrate } from '../src/adapters/postgres-migrations.ts';
import { PostgresRunLedger } from '../src/adapters/postgres-run-ledger.ts';
import { settleWatermark } from '../src/adapters/postgres-watermarks.ts';
import { createTempFolder } from '../test/helpers/temp-folder.ts';
import { type FilledLedger, fillLedger } from './fill-ledger.ts';
import { measureLargeRun, measureShards, measureSizes, measureSteadyRuns } from './measure-runs.ts';
import { type ObservedPlan, observePlans } from './observe-plans.ts';
import { reportPlans, time } from './report-plans.ts';

// What the ledger's statements cost in a large database: npm run bench:ledger -- --photos 1000000
const { values: flags } = parseArgs({
  options: {
    photos: { type: 'string', default: '1000000' },
    sources: { type: 'string', default: '20' },
    pending: { type: 'string', default: '1000' },
  },
});
const size = {
  photos: Number(flags.photos),
  sources: Number(flags.sources),
  pending: Number(flags.pending),
};
const plans: ObservedPlan[] = [];
const report = (title: string) => reportPlans(title, plans);
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

const home = await createTempFolder('nightjar-bench-');
const server = await openEmbeddedPostgres(home);
const database = await openDatabase({ url: server.url, log });
try {
  await migrate(database);
  await migrateQueue(database);
  const filled = await time('filling', () => fillLedger(database, size));
  await measure(database, filled);
  const observed = observePlans(database, (plan) => plans.push(plan));
  await measureSteadyRuns({ database, observed }, filled, size);
  report('one of these runs, statement by statement');
  await measureLargeRun({ database, observed }, filled, size);
  report('the same, planned by');
  await measureShards(database, filled, size);
  await measureSizes(database);
} finally {
  await database.close();
  await server.release();
  await rm(home, { recursive: true, force: true });
}

async function measure(plain: Database, filled: FilledLedger): Promise<void> {
  const { sources, modelVersionIds } = filled;
  const settleAll = async (target: Database) => {
    for (const source of sources) {
      for (const modelVersionId of modelVersionIds) {
        await settleWatermark(target, { source, modelVersionId });
      }
    }
  };
  await time('status, no watermark yet', () => readHealth(plain));
  await time('settling every watermark, from 0', () => settleAll(plain));
  await time('settling every watermark, again', () => settleAll(plain));
  await time('status', () => readHealth(plain));
  const observed = observePlans(plain, (plan) => plans.push(plan));
  await readHealth(observed);
  await observed.query(sql('list-runs'), [10]);
  report('status, statement by statement');
  await settleWatermark(observed, {
    source: sources.at(-1) ?? '',
    modelVersionId: modelVersionIds[0] ?? 0,
  });
  report('settling one watermark');
  await measureListing(plain, observed, filled);
}

async function measureListing(
  plain: Database,
  observed: Database,
  { sources, modelVersionIds, runId }: FilledLedger,
): Promise<void> {
  const [source = '', versionId = 0] = [sources[0], modelVersionIds[0]];
  const { rows } = await plain.query<{
    key: string;
    etag: string;
    size: number;
    lastModified: Date;
  }>(
    `select key, etag, size::integer, last_modified as "lastModified" from nightjar.photos
     where source = $1 order by key limit 1000`,
    [source],
  );
  const ledger = new PostgresRunLedger(observed);
  const viewer = { modelVersionId: versionId, reprocess: 'none', runId } as const;
  await ledger.lookUpListed(source, rows, viewer);
  report('a page of 1,000 photos, looked up');
  await ledger.noteListed(source, rows, viewer);
  report('a page of 1,000 photos, all known, noted and looked up');
  await ledger.count(runId, viewer);
  report('reconciling a run of 10,000 photos');
}
