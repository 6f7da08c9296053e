import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/adapters/postgres-database.ts';
import { type CliProcess, lastJson, startCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { copyDemoPhotos, type NamedPhoto, prepareFleet, readOutcomes } from '../helpers/fleet.ts';
import { type S3Server, startS3Server } from '../helpers/s3-server.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

const COPIES = 4;
const SHARD_SIZE = 12;
/** Each process works as many side by side. */
const SHARDS_AT_ONCE = 2;

let cwd: string;
let s3: S3Server;
let photos: readonly NamedPhoto[];
let alone: Record<string, unknown>[];
const databases: TestDatabase[] = [];

beforeAll(async () => {
  cwd = await createTempFolder('nightjar-fleet-');
  s3 = await startS3Server();
  photos = await copyDemoPhotos(COPIES);
  await s3.createBucket('fleet');
  for (const { key, bytes } of photos) await s3.putObject('fleet', key, bytes);
  const { database, start } = await prepare();
  expect((await start('run', '--json').ended).code).toBe(0);
  alone = await readOutcomes(database);
  s3.delayFetches(100); // long enough for all to have a hand in it
});
afterAll(async () => {
  for (const test of databases) await test.drop();
  await s3.close();
  await rm(cwd, { recursive: true, force: true });
});

/** A database of its own and processes on it, each with its own pool, all on the one bucket. */
async function prepare() {
  const test = await createTestDatabase();
  databases.push(test);
  await prepareFleet(cwd, test.database, 's3://fleet/');
  const env = {
    ...s3.env,
    DATABASE_URL: test.url,
    NIGHTJAR_SHARD_SIZE: String(SHARD_SIZE),
    NIGHTJAR_BATCH_SIZE: '4',
    NIGHTJAR_FETCH_CONCURRENCY: '4',
  };
  return {
    database: test.database,
    start: (...args: string[]) => startCli(args, { cwd, env }),
  };
}

/** Two helpers that wait for work, then a run for them. */
async function startFleet(start: (...args: string[]) => CliProcess) {
  const helpers = [start('work', '--json'), start('work', '--json')] as const;
  for (const helper of helpers) await helper.said(/"helping"/);
  return { helpers, run: start('run', '--json') };
}

/** Stops a helper, and gives how many photos it loaded. */
async function stop({ child, ended }: CliProcess): Promise<number> {
  child.kill('SIGTERM');
  const { predicted, rejected } = lastJson((await ended).stdout);
  return Number(predicted) + Number(rejected);
}

/** The photos that were fetched again since then: what is inferred twice is fetched twice. */
function listFetchedTwice(before: ReadonlyMap<string, number>): string[] {
  const twice = [...s3.countFetches()].filter(([path, n]) => n - (before.get(path) ?? 0) > 1);
  return twice.map(([path]) => path.slice('/fleet/'.length));
}

test('a run and two helpers write the table that one process writes, and fetch no photo twice', async () => {
  const { database, start } = await prepare();
  const before = s3.countFetches();
  const { helpers, run } = await startFleet(start);
  const summary = lastJson((await run.ended).stdout);
  const helped = await Promise.all(helpers.map(stop));
  expect(summary).toMatchObject({
    status: 'done',
    listed: photos.length,
    predicted: photos.length - COPIES,
    rejected: COPIES,
    pending: 0,
  });
  for (const loaded of helped) expect(loaded).toBeGreaterThan(0);
  expect(helped.reduce((sum, n) => sum + n)).toBeLessThan(photos.length);
  expect(await readOutcomes(database)).toEqual(alone);
  expect(listFetchedTwice(before)).toEqual([]);
});

test('a helper killed midway costs no photo, and no more work twice than it had in hand', async () => {
  const { database, start } = await prepare();
  const before = s3.countFetches();
  const { helpers, run } = await startFleet(start);
  const [killed, helper] = helpers;
  const pid = Number((await killed.said(/"pid":(\d+)/))[1]); // below its supervisor
  const held = await holdStill(pid, database);
  killed.child.kill('SIGKILL'); // or it would start another, as after a photo's crash
  process.kill(pid, 'SIGKILL');
  const summary = lastJson((await run.ended).stdout);
  await stop(helper);
  await killed.ended;
  expect(held).not.toEqual([]);
  expect(summary).toMatchObject({ status: 'done', predicted: photos.length - COPIES, pending: 0 });
  expect(await readOutcomes(database)).toEqual(alone);
  const twice = listFetchedTwice(before);
  expect(held).toEqual(expect.arrayContaining(twice));
  expect(held.length).toBeLessThanOrEqual(SHARDS_AT_ONCE * SHARD_SIZE);
});

/** Stops a process in the moment it has shards in hand, and gives their photos' keys. */
async function holdStill(pid: number, database: Database): Promise<string[]> {
  const list = async () => {
    const { rows } = await database.query<{ key: string }>(
      `select p.key from nightjar.shards s
       join nightjar.workers w on w.id = s.worker_id
       join nightjar.photos p on p.id = any (s.photo_ids)
       where w.pid = $1 and s.finished_at is null`,
      [pid],
    );
    return rows.map(({ key }) => key);
  };
  await expect.poll(list, { interval: 10, timeout: 20_000 }).not.toHaveLength(0);
  process.kill(pid, 'SIGSTOP');
  return list();
}
