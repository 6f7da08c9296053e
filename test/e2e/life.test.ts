import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { lastJson } from '../helpers/cli.ts';
import { DEMO_PHOTOS, openRunBench, type RunBench } from '../helpers/run-bench.ts';

const BIN = resolve('bin/nightjar.js');

/** A folder with a job, its database, and what happens in it. */
interface Place {
  readonly bench: RunBench;
  start(args: string[], env?: Record<string, string>): Program;
  query<R extends object>(text: string): Promise<R[]>;
}

/** A program under way, in a process group of its own. */
interface Program {
  readonly pid: number;
  readonly ended: Promise<{
    code: number | null;
    signal: string | null;
    stdout: string;
    stderr: string;
  }>;
  /** Tells it to stop by message, as a scheduler tells its run. */
  tellToStop(): void;
  /** Signals every process of it, as a terminal does. */
  signalAll(signal: NodeJS.Signals): void;
  /** The process that does the work. */
  workerPid(): Promise<number>;
}

const places: RunBench[] = [];
afterAll(async () => {
  for (const bench of places) await bench.close();
});

/** @param copies of the 61 demo photos */
async function openPlace(copies: number, source?: string): Promise<Place> {
  const bench = await openRunBench();
  places.push(bench);
  const cwd = dirname(bench.photos);
  for (let n = 0; n < copies; n++) {
    await cp(DEMO_PHOTOS, join(bench.photos, `copy-${n}`), { recursive: true });
  }
  await mkdir(join(cwd, 'jobs'));
  const job = `name: life\nsource: ${source ?? bench.photos}\nmodel: demo@1\nregions: demo@1\n`;
  await writeFile(join(cwd, 'jobs', 'life.yaml'), job);
  return {
    bench,
    start: (args, env = {}) => startIn(cwd, args, { DATABASE_URL: bench.test.url, ...env }),
    async query<R extends object>(text: string) {
      return (await bench.test.database.query<R & Record<string, unknown>>(text)).rows;
    },
  };
}

function startIn(cwd: string, args: string[], extra: Record<string, string>): Program {
  const { PATH = '', HOME = '' } = process.env;
  const slow = {
    NIGHTJAR_INFERENCE_WORKERS: '1',
    NIGHTJAR_BATCH_SIZE: '2',
    NIGHTJAR_SHARD_SIZE: '50',
  };
  const env = { PATH, HOME, ...slow, ...extra };
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env,
    detached: true,
    stdio: [...stdio],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    ended: new Promise((done) => {
      child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
    }),
    tellToStop: () => void child.send('stop'),
    signalAll: (signal) => process.kill(-pid, signal),
    async workerPid() {
      for (;;) {
        const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
        const [worker] = children.trim().split(' ');
        if (worker) return Number(worker);
        await new Promise((wait) => setTimeout(wait, 20));
      }
    },
  };
}

const predicted = async ({ query }: Place) =>
  (await query<{ n: number }>('select count(*)::int as n from nightjar.predictions'))[0]?.n ?? 0;

const untilPredicting = (place: Place) =>
  until(async () => expect(await predicted(place)).toBeGreaterThan(0));

/** `expect.poll` knows one test at a time; these run beside each other. */
const until = (assertion: () => Promise<void>) =>
  vi.waitFor(assertion, { timeout: 40_000, interval: 20 });

/** Nothing is held or doubled, and the row says what the tables hold. */
async function expectGoodOrder(place: Place, listed: number): Promise<void> {
  const [row] = await place.query<Record<string, number>>(
    `select status, listed::int, predicted::int, rejected::int, pending::int from nightjar.runs`,
  );
  expect(row).toMatchObject({ status: 'stopped', listed, predicted: await predicted(place) });
  expect((row?.predicted ?? 0) + (row?.rejected ?? 0) + (row?.pending ?? 0)).toBe(listed);
  expect(
    await place.query(
      'select from nightjar.shards where finished_at is null and worker_id is not null',
    ),
  ).toEqual([]);
}

describe.concurrent('a run stops in good order', () => {
  test.each<[string, number, (program: Program) => void | Promise<void>]>([
    ['SIGTERM to the supervisor alone', 143, ({ pid }) => void process.kill(pid, 'SIGTERM')],
    ['SIGTERM to all its processes', 143, ({ signalAll }) => signalAll('SIGTERM')],
    [
      'the word of its parent, and a signal to all its processes right after it',
      143,
      async ({ tellToStop, signalAll }) => {
        tellToStop();
        await new Promise((wait) => setTimeout(wait, 50));
        signalAll('SIGTERM');
      },
    ],
    ['Ctrl-C', 130, ({ signalAll }) => signalAll('SIGINT')],
    [
      'SIGTERM to the working process alone',
      143,
      async ({ workerPid }) => void process.kill(await workerPid(), 'SIGTERM'),
    ],
  ])('at %s', async (_, code, stop) => {
    const place = await openPlace(6);
    const program = place.start(['run', '--json']);
    await untilPredicting(place);
    await stop(program);
    const result = await program.ended;
    expect(result).toMatchObject({ code, signal: null });
    const left = /^stopped; \d+ photos are left for the next run, or for: nightjar resume 1$/;
    expect(lastJson(result.stdout)).toMatchObject({
      status: 'stopped',
      reason: expect.stringMatching(left),
    });
    await expectGoodOrder(place, 366);
  });

  test('when its supervisor is killed, but as crashed, so that somebody goes on with it', async () => {
    const place = await openPlace(6);
    const program = place.start(['run']);
    const statuses = () => place.query<{ status: string }>('select status from nightjar.runs');
    await until(async () => expect(await statuses()).toEqual([{ status: 'running' }]));
    process.kill(program.pid, 'SIGKILL'); // before the first photo, of which it would be told
    await until(async () => expect(await statuses()).toEqual([{ status: 'crashed' }]));
    const [row] = await place.query<{ predicted: number; error: string }>(
      'select predicted::int, error from nightjar.runs',
    );
    expect(row?.predicted).toBe(await predicted(place));
    expect(row?.error).toBe('its supervisor went away');
    const warning = /"level":"warn","message":"run crashed","reason":"its supervisor went away/;
    expect((await program.ended).stdout).toMatch(warning);
    const check = await place.start(['status', '--check']).ended;
    expect(check.stdout).toBe(
      'life: run 1 ended as crashed: its supervisor went away. To go on with it: nightjar resume 1\n',
    );
    expect(check.code).toBe(3);
  });
});

describe.concurrent('a run whose source hangs', () => {
  test.each([
    ['with its photos', false],
    ['with its listing', true],
  ])('%s ends within 25 s all the same, and holds nothing', async (_, listing) => {
    const server = await startHangingS3(listing);
    const place = await openPlace(0, 's3://photos/');
    const { port } = server.address() as AddressInfo;
    const program = place.start(['run', '--json'], {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      NIGHTJAR_SHARD_SIZE: '1',
    });
    const sought = listing
      ? () => place.query('select from nightjar.runs where job_spec is not null')
      : () => place.query('select from nightjar.shards where worker_id is not null');
    await until(async () => expect(await sought()).toHaveLength(listing ? 1 : 2));
    await new Promise((wait) => setTimeout(wait, 500));
    const before = Date.now();
    process.kill(program.pid, 'SIGTERM');
    const { code, stdout } = await program.ended;
    expect(Date.now() - before).toBeLessThan(25_000);
    expect(code).toBe(143);
    expect(lastJson(stdout)).toMatchObject({ status: 'stopped' });
    await expectGoodOrder(place, listing ? 0 : 3);
    server.closeAllConnections();
    server.close();
  });

  test('leaves at once at a second signal', async () => {
    const server = await startHangingS3(false);
    const place = await openPlace(0, 's3://photos/');
    const { port } = server.address() as AddressInfo;
    const program = place.start(['run'], {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    });
    const inHand = () => place.query('select from nightjar.shards where worker_id is not null');
    await until(async () => expect(await inHand()).not.toHaveLength(0));
    process.kill(program.pid, 'SIGTERM');
    await new Promise((wait) => setTimeout(wait, 500)); // as one signal after another, not merged
    const before = Date.now();
    process.kill(program.pid, 'SIGTERM');
    expect(await program.ended).toMatchObject({ code: 143, signal: null });
    expect(Date.now() - before).toBeLessThan(5000);
    server.closeAllConnections();
    server.close();
  });
});

describe.concurrent('wrong flags of a backfill end with exit code 2, what was expected, and no run', () => {
  test.each([
    [['--from', '2026-03-02', '--to', '2026-03-01'], /Expected --from before --to/],
    [['--from', '2026-03-01T10:00Z', '--to', '2026-03-02'], /without a zone, for --from/],
    [['--from', '2026-03-01', '--to', '2026-03-02', '--model', 'nobody@1'], /nobody/],
    [['--from', '2026-03-01', '--to', '2026-03-02', '--model', 'demo'], /demo/],
  ])('%j', async (flags, text) => {
    const place = await flagsPlace();
    const { code, stderr } = await place.start(['backfill', ...flags]).ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(text) });
    expect(await place.query('select id from nightjar.runs')).toEqual([]);
  });
});

let forFlags: Promise<Place> | undefined;
function flagsPlace(): Promise<Place> {
  forFlags ??= openPlace(0);
  return forFlags;
}

/** An S3 server with three photos that it never delivers; or one that does not even list them. */
async function startHangingS3(listing: boolean): Promise<Server> {
  const contents = [1, 2, 3].map(
    (n) =>
      `<Contents><Key>${n}.jpg</Key><ETag>"${n}"</ETag><Size>9</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`,
  );
  const server = createServer((request, response) => {
    if (listing || !request.url?.includes('list-type=2')) return;
    response.setHeader('content-type', 'application/xml');
    response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
