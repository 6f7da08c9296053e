import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedPostgres } from '../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../src/adapters/pg-boss-queue.ts';
import { openDatabase } from '../src/adapters/postgres-database.ts';
import { migrate } from '../src/adapters/postgres-migrations.ts';
import { prepareFleet, readOutcomes } from '../test/helpers/fleet.ts';
import { createTempFolder } from '../test/helpers/temp-folder.ts';
import { type Bucket, openBucket } from './bucket.ts';
import { openDoor, openNamespaces, type Place, plainPlaces } from './namespaces.ts';
import { quietly } from './plan-run.ts';

// What several processes gain over one: npm run bench:fleet -- --photos 1200
const { values: flags } = parseArgs({
  options: {
    photos: { type: 'string', default: '1200' },
    processes: { type: 'string', default: '3' },
    /** Milliseconds that a far source takes for each object. */
    delay: { type: 'string', default: '200' },
  },
});
const photos = Number(flags.photos);
const most = Number(flags.processes);

/** A source, and how a process is set. */
interface Setting {
  readonly name: string;
  readonly delayMs: number;
  readonly env: Readonly<Record<string, string>>;
}

/** One core each, or waiting for the source most of the time. */
const SETTINGS: readonly Setting[] = [
  {
    name: 'a thread each to decode and to infer, near source',
    delayMs: 0,
    env: { NIGHTJAR_INFERENCE_WORKERS: '1', NIGHTJAR_DECODE_CONCURRENCY: '1' },
  },
  {
    name: `4 objects at a time of each of 2 shards, ${flags.delay} ms an object`,
    delayMs: Number(flags.delay),
    env: { NIGHTJAR_FETCH_CONCURRENCY: '4', NIGHTJAR_INFERENCE_WORKERS: '1' },
  },
];

const cwd = await createTempFolder('nightjar-bench-');
const server = await openEmbeddedPostgres(cwd);
const door = await openDoor(Number(new URL(server.url).port));
const namespaces = openNamespaces(most);
const places = namespaces ?? plainPlaces(most);
try {
  const where = namespaces
    ? 'in network namespaces'
    : 'no network namespaces here, plain processes';
  console.log(`${photos} photos, ${cpus().length} cores, ${where}`);
  for (const setting of SETTINGS) await measureSetting(setting);
} finally {
  for (const place of places) place.remove();
  door.close();
  await server.release();
  await rm(cwd, { recursive: true, force: true });
}

async function measureSetting({ name, delayMs, env }: Setting): Promise<void> {
  console.log(`\n${name}`);
  console.log(
    'processes  seconds  photos/s  speed-up  by the run + by helpers  fetched twice  table',
  );
  const bucket = await openBucket({ keys: photos, delayMs });
  let alone: FleetRun | null = null;
  for (let count = 1; count <= most; count++) {
    const result = await runFleet(count, bucket, env);
    alone ??= result;
    const { seconds, helped, fetchedTwice, table } = result;
    const same = table === alone.table ? 'the same' : 'DIFFERENT';
    const own = photos - helped.reduce((sum, n) => sum + n, 0);
    const cells = [
      String(count).padStart(9),
      seconds.toFixed(1).padStart(7),
      (photos / seconds).toFixed(0).padStart(8),
      (alone.seconds / seconds).toFixed(2).padStart(8),
      [own, ...helped].join(' + ').padEnd(23),
      String(fetchedTwice).padStart(13),
      count === 1 ? '–' : same,
    ];
    console.log(cells.join('  '));
  }
  await bucket.close();
}

interface FleetRun {
  /** From the run's start in the database to its end: listing and planning are in it. */
  readonly seconds: number;
  /** Photos that each helper loaded. */
  readonly helped: readonly number[];
  readonly fetchedTwice: number;
  /** A hash of every outcome, without ids and times. */
  readonly table: string;
}

/** One run with `count - 1` helpers on an empty database. */
async function runFleet(count: number, bucket: Bucket, env: Setting['env']): Promise<FleetRun> {
  const name = `fleet_${Date.now()}`;
  const admin = await openDatabase({ url: server.url, poolSize: 1, log: quietly });
  await admin.query(`create database ${name}`);
  await admin.close();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const database = await openDatabase({ url: url.href, log: quietly });
  try {
    await migrate(database);
    await migrateQueue(database);
    await prepareFleet(cwd, database, 's3://fleet/');
    bucket.takeFetches();
    const begin = (place: Place, ...args: string[]) => start(place, args, url, bucket.port, env);
    const helpers = places.slice(1, count).map((place) => begin(place, 'work', '--json'));
    for (const helper of helpers) await helper.said('"helping"');
    const summary = await begin(places[0] as Place, 'run', '--json').ended;
    for (const { child } of helpers) child.kill('SIGTERM');
    const helped = await Promise.all(helpers.map(({ ended }) => ended));
    if (summary.status !== 'done') throw new Error(JSON.stringify(summary));
    const twice = [...bucket.takeFetches().values()].filter((n) => n > 1);
    const outcomes = JSON.stringify(await readOutcomes(database));
    return {
      seconds: Number(summary.seconds),
      helped: helped.map(({ predicted, rejected }) => Number(predicted) + Number(rejected)),
      fetchedTwice: twice.length,
      table: createHash('sha256').update(outcomes).digest('hex'),
    };
  } finally {
    await database.close();
  }
}

/** Starts `nightjar` at a place, with the database and the bucket as they are seen from there. */
function start(
  { host, prefix }: Place,
  args: readonly string[],
  url: URL,
  bucketPort: number,
  env: Setting['env'],
) {
  const databaseUrl = new URL(url);
  databaseUrl.hostname = host;
  databaseUrl.port = String(door.port);
  const { PATH = '', HOME = '' } = process.env;
  const [command = '', ...rest] = [
    ...prefix,
    process.execPath,
    resolve('bin/nightjar.js'),
    ...args,
  ];
  const child: ChildProcess = spawn(command, rest, {
    cwd,
    env: {
      PATH,
      HOME,
      DATABASE_URL: databaseUrl.href,
      AWS_ENDPOINT_URL_S3: `http://${host}:${bucketPort}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      NIGHTJAR_SHARD_SIZE: '50',
      ...env,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Record<string, unknown>>((done, reject) => {
    child.once('close', () => {
      const last = stdout.trim().split('\n').at(-1);
      if (last) done(JSON.parse(last));
      else reject(new Error(`${args.join(' ')}: ${stderr}`));
    });
  });
  const said = async (text: string) => {
    while (!stderr.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended early: ${stderr}`);
      await new Promise((wait) => setTimeout(wait, 50));
    }
  };
  return { child, ended, said };
}
