import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openEmbeddedPostgres } from '../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../src/adapters/pg-boss-queue.ts';
import { openDatabase } from '../src/adapters/postgres-database.ts';
import { migrate } from '../src/adapters/postgres-migrations.ts';
import { S3PhotoSource } from '../src/adapters/s3-photo-source.ts';
import { HEAP_FLAGS } from '../src/cli/supervise.ts';
import { createTempFolder } from '../test/helpers/temp-folder.ts';
import { openBucket } from './bucket.ts';
import { endRun, openAdapters, planRun, quietly, startRun } from './plan-run.ts';

// What listing and planning a large bucket take in time and memory, the first time and when all of it
// is done: npm run bench:listing -- 100000 1000000
const MIB = 2 ** 20;
/** Pages by which the first and the last are told. */
const SOME_PAGES = 20;

if (process.send) await planInThisProcess(process.argv[2] ?? '');
else await main(process.argv.slice(2).map(Number));

async function main(sizes: readonly number[]): Promise<void> {
  console.log('     keys  night   seconds  ms per 1,000 keys: first  last   RSS, MiB: first  most');
  for (const keys of sizes.length > 0 ? sizes : [100_000, 1_000_000]) await measure(keys);
}

/** Each night is a process of its own, so that its memory is its own. */
async function measure(keys: number): Promise<void> {
  const home = await createTempFolder('nightjar-bench-');
  const server = await openEmbeddedPostgres(home);
  const bucket = await openBucket({ keys });
  const database = await openDatabase({ url: server.url, log: quietly });
  try {
    await migrate(database);
    await migrateQueue(database);
    await database.query(`insert into nightjar.models (name) values ('bench')`);
    await database.query(
      `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
       select id, '1', 'none', '{}', '[]' from nightjar.models`,
    );
    await plan(server.url, bucket.port, keys, 'first');
    await database.query(
      `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message, attempts, final)
       select id, 1, 1, 'extract', 'IMAGE_EMPTY', 'made up: only that it is done counts here', 1, true
       from nightjar.photos`,
    );
    await plan(server.url, bucket.port, keys, 'done');
  } finally {
    await database.close();
    await bucket.close();
    await server.release();
    await rm(home, { recursive: true, force: true });
  }
}

interface Measured {
  readonly seconds: number;
  readonly firstPageMs: number;
  readonly lastPageMs: number;
  readonly firstRss: number;
  readonly mostRss: number;
}

async function plan(url: string, port: number, keys: number, night: string): Promise<void> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  };
  const child = fork(fileURLToPath(import.meta.url), [url], { env, execArgv: [...HEAP_FLAGS] });
  const exit = once(child, 'exit');
  const [measured] = (await Promise.race([once(child, 'message'), exit])) as [Measured | number];
  await exit;
  if (typeof measured !== 'object') throw new Error(`planning ended with exit code ${measured}`);
  const { seconds, firstPageMs, lastPageMs, firstRss, mostRss } = measured;
  console.log(
    `${keys.toLocaleString('en').padStart(9)}  ${night.padEnd(5)}  ${seconds.toFixed(1).padStart(8)}` +
      `${firstPageMs.toFixed(0).padStart(27)}${lastPageMs.toFixed(0).padStart(6)}` +
      `${(firstRss / MIB).toFixed(0).padStart(18)}${(mostRss / MIB).toFixed(0).padStart(6)}`,
  );
}

async function planInThisProcess(url: string): Promise<void> {
  const database = await openDatabase({ url, log: quietly });
  const adapters = await openAdapters(database);
  const limits = { maxImageBytes: 64 * MIB, requestTimeoutMs: 60_000 };
  const source = S3PhotoSource.open('s3://bench/', limits);
  const start = performance.now();
  const opened = await startRun(source, 1, adapters);
  const times: number[] = [performance.now()];
  let [firstRss, mostRss] = [0, 0];
  const plan = await planRun(opened, () => {
    times.push(performance.now());
    const { rss } = process.memoryUsage();
    mostRss = Math.max(mostRss, rss);
    if (times.length <= SOME_PAGES) firstRss = mostRss;
  });
  await endRun(plan, opened);
  const seconds = (performance.now() - start) / 1000;
  const some = Math.min(SOME_PAGES, times.length - 1);
  const at = (index: number) => times.at(index) ?? 0;
  const firstPageMs = (at(some) - at(0)) / some;
  const lastPageMs = (at(-1) - at(-1 - some)) / some;
  source.close();
  await adapters.queue.close();
  await database.close();
  process.send?.({ seconds, firstPageMs, lastPageMs, firstRss, mostRss } satisfies Measured);
  process.disconnect();
}
