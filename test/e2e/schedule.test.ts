import { spawn } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, startCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { DEMO_PHOTOS } from '../helpers/run-bench.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

let cwd: string;
let database: TestDatabase;
let env: Record<string, string>;
beforeAll(async () => {
  cwd = await createTempFolder('nightjar-schedule-');
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url };
  expect((await runCli(['demo'], { cwd, env })).code).toBe(0);
  // More than a scheduler needs to be stopped in: some seconds of work, a photo a batch.
  for (const copy of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    await cp(DEMO_PHOTOS, join(cwd, 'many', copy), { recursive: true });
  }
  await cp(join(DEMO_PHOTOS, 'uluru'), join(cwd, 'few'), { recursive: true });
  await writeJob('long', { source: './many', schedule: '0 0 1 1 *', catchupWindow: '9000h' });
});
afterAll(async () => {
  await database.drop();
  await rm(cwd, { recursive: true, force: true });
});

async function writeJob(name: string, keys: Record<string, string>): Promise<void> {
  const job = { name, model: 'demo@production', regions: 'demo', ...keys };
  const lines = Object.entries(job).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  await mkdir(join(cwd, 'jobs'), { recursive: true });
  await writeFile(join(cwd, 'jobs', `${name}.yaml`), lines.join('\n'));
}

const query = async <R extends object>(text: string) =>
  (await database.database.query<R>(text)).rows;

/** A scheduler that leads a process group, as a service and a shell's job do. */
function startGroup() {
  const { PATH = '', HOME = '' } = process.env;
  const slow = { PATH, HOME, ...env, NIGHTJAR_BATCH_SIZE: '1', NIGHTJAR_SHARD_SIZE: '20' };
  const args = [resolve('bin/nightjar.js'), 'schedule'];
  const child = spawn(process.execPath, args, { cwd, env: slow, detached: true, stdio: 'ignore' });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  return { child, ended };
}

/** Queues a run of the long job and waits until it is being worked. */
async function workLongRun() {
  await query(`delete from nightjar.predictions where photo_id in
    (select id from nightjar.photos where source like '%/many/')`);
  await query(`insert into nightjar.runs (job, logical_time, trigger, status)
    values ('long', date_trunc('second', clock_timestamp()), 'schedule', 'queued')`);
  const group = startGroup();
  await expect
    .poll(() => query(`select from nightjar.predictions where run_id = ${LAST_RUN}`), {
      timeout: 30_000,
      interval: 20,
    })
    .not.toHaveLength(0);
  return group;
}

const LAST_RUN = `(select max(id) from nightjar.runs where job = 'long')`;
const lastStatus = async () =>
  (await query<{ status: string }>(`select status from nightjar.runs where id = ${LAST_RUN}`))[0]
    ?.status;

test('a signal to all processes of the service stops its run in good order, as one stop', async () => {
  const { child, ended } = await workLongRun();
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  expect(await ended).toBe(143);
  expect(await lastStatus()).toBe('stopped');
}, 60_000);

test('a signal to the scheduler alone stops its run in good order, and waits for it', async () => {
  const { child, ended } = await workLongRun();
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(await lastStatus()).toBe('stopped');
}, 60_000);

test('the run of a scheduler that is killed stops in good order; the next scheduler goes on with it', async () => {
  const { child, ended } = await workLongRun();
  child.kill('SIGKILL');
  await ended;
  await expect.poll(lastStatus, { timeout: 30_000 }).toBe('stopped');
  const [{ id } = { id: '' }] = await query<{ id: string }>(`select ${LAST_RUN}::text as id`);
  const next = startCli(['schedule'], { cwd, env });
  await next.said(new RegExp(`"message":"run ended".*"run":"${id}".*"status":"done"`));
  next.child.kill('SIGTERM');
  expect((await next.ended).code).toBe(143);
}, 90_000);

test('a run that fails is worked once by two schedulers, and the other says at most that in one line', async () => {
  await writeJob('lost', { source: './nowhere', schedule: '0 0 1 1 *' });
  await query(`insert into nightjar.runs (job, logical_time, trigger, status)
    values ('lost', date_trunc('second', clock_timestamp()), 'schedule', 'queued')`);
  const schedulers = [1, 2].map(() => startCli(['schedule'], { cwd, env }));
  await Promise.race(schedulers.map(({ said }) => said(/"job":"lost".*"message":"run ended"/)));
  await new Promise((wait) => setTimeout(wait, 5000)); // the other one's process looks for a while
  for (const { child } of schedulers) child.kill('SIGTERM');
  const lines = (await Promise.all(schedulers.map(({ ended }) => ended))).flatMap(({ stdout }) =>
    stdout.split('\n').filter((line) => line.includes('"job":"lost"')),
  );
  expect(await query(`select status, attempts from nightjar.runs where job = 'lost'`)).toEqual([
    { status: 'failed', attempts: 1 },
  ]);
  // None where the other one comes to look after the run has failed.
  const messages = lines.map((line) => JSON.parse(line).message).sort();
  expect([
    ['run ended', 'run started'],
    ['run ended', 'run not started', 'run started'],
  ]).toContainEqual(messages);
  await rm(join(cwd, 'jobs', 'lost.yaml'));
}, 60_000);

test('two schedulers tick at once: the minute has one row, which is run once', async () => {
  await writeJob('often', { source: './few', schedule: '* * * * *' });
  const schedulers = [1, 2].map(() => startCli(['schedule'], { cwd, env }));
  await Promise.all(schedulers.map(({ said }) => said(/"job":"often".*"message":"tick"/)));
  const done = () =>
    query(`select from nightjar.runs where job = 'often' and status = 'done'`).then(
      (r) => r.length,
    );
  await expect.poll(done, { timeout: 30_000 }).toBe(1);
  for (const { child } of schedulers) child.kill('SIGTERM');
  const outputs = await Promise.all(schedulers.map(({ ended }) => ended));
  expect(outputs.map(({ code }) => code)).toEqual([143, 143]);
  expect(
    await query(`select trigger, status, extract(second from logical_time)::int as second
      from nightjar.runs where job = 'often'`),
  ).toEqual([{ trigger: 'schedule', status: 'done', second: 0 }]);
  const worked = outputs.map(({ stdout }) => stdout.match(/"message":"run started"/g) ?? []);
  expect(worked.flat()).toHaveLength(1);
}, 120_000);
