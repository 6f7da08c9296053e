import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunContext } from '../../src/run/context.ts';
import { type Helped, help } from '../../src/run/help.ts';
import { type OtherProcess, startOtherProcess } from '../helpers/other-process.ts';
import { openRunBench, type Peer, type RunBench } from '../helpers/run-bench.ts';
import { list, specFor } from '../helpers/shards.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { withFetch } from '../helpers/with-fetch.ts';

let bench: RunBench;
let peer: Peer;
const others: OtherProcess[] = [];
const stop = { controller: new AbortController() };
beforeEach(async () => {
  bench = await openRunBench();
  peer = await bench.openPeer();
  stop.controller = new AbortController();
});
afterEach(async () => {
  stop.controller.abort();
  for (const other of others.splice(0)) await other.die();
  await peer.close();
  await bench.close();
});

function startHelping(
  context: Partial<RunContext> = {},
  options: { untilIdle?: boolean } = {},
): Promise<Helped> {
  const { adapters } = peer;
  const limits = bench.app.config;
  const { signal } = stop.controller;
  return help({ adapters, limits, log: silentLog, signal, ...context }, options);
}

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

let hour = 0;
/** A run that another process has opened and planned, and works no shard of. */
async function openElsewhere(job: string, model: { name: string; id: number }): Promise<string> {
  const { runId, plan } = await beginElsewhere(job, model);
  await plan();
  return runId;
}

/** A run that another process has opened; it plans it when it is told to. */
async function beginElsewhere(job: string, model: { name: string; id: number }) {
  const ids = (await list(bench)).map(({ photoId }) => photoId);
  const other = await startOtherProcess(bench);
  others.push(other);
  const logicalTime = new Date(3_600_000 * hour++);
  const submission = { job, kind: 'run', logicalTime, trigger: 'shell', overlap: 'skip' } as const;
  const { runId } = await bench.adapters.ledger.submit(submission);
  await other.ask({ start: runId, spec: specFor(bench, { job, model: model.name }) });
  await query('update nightjar.runs set model_version_id = $2 where id = $1', [runId, model.id]);
  return {
    runId,
    other,
    async plan() {
      await other.ask({ enqueue: runId, shards: [ids.slice(0, 4), ids.slice(4)] });
      await query('update nightjar.runs set planned_at = now() where id = $1', [runId]);
    },
  };
}

/** Something that is waited for. */
class Gate {
  open = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

const waiting = async () =>
  (await query('select from nightjar.shards where finished_at is null')).length;

test('runs of other processes are helped with, each with its own model, until nothing waits', async () => {
  await bench.addPhotos('serengeti');
  await bench.addModelVersion('2');
  await openElsewhere('one', { name: 'demo@1', id: 1 });
  await openElsewhere('two', { name: 'demo@2', id: 2 });
  expect(await startHelping({}, { untilIdle: true })).toEqual({ predicted: 16, rejected: 0 });
  expect(
    await query(
      `select run_id::int, model_version_id, count(*)::int from nightjar.predictions group by 1, 2 order by 1`,
    ),
  ).toEqual([
    { run_id: 1, model_version_id: 1, count: 8 },
    { run_id: 2, model_version_id: 2, count: 8 },
  ]);
  expect(await waiting()).toBe(0);
});

test('until idle: a run that is being planned is waited for, as its shards are to come', async () => {
  await bench.addPhotos('serengeti');
  const { plan } = await beginElsewhere('one', { name: 'demo@1', id: 1 });
  const helping = startHelping({}, { untilIdle: true });
  await new Promise((wait) => setTimeout(wait, 2500));
  await plan();
  expect(await helping).toEqual({ predicted: 8, rejected: 0 });
});

test('until idle: a run whose planner died is not waited for', async () => {
  const { other } = await beginElsewhere('one', { name: 'demo@1', id: 1 });
  const helping = startHelping({}, { untilIdle: true });
  await other.die();
  expect(await helping).toEqual({ predicted: 0, rejected: 0 });
});

test('a run that cannot be worked here is left alone, and the helper lives', async () => {
  await bench.addPhotos('serengeti');
  const run = await openElsewhere('one', { name: 'demo@1', id: 1 });
  await rename(bench.photos, `${bench.photos}-elsewhere`);
  const warnings: unknown[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  const helping = startHelping({ log });
  await new Promise((wait) => setTimeout(wait, 2500));
  expect(warnings).toEqual(['cannot help with run']); // not every second
  expect(await query('select status from nightjar.runs where id = $1', [run])).toEqual([
    { status: 'running' },
  ]);
  expect(await waiting()).toBe(2);
  expect(await query('select from nightjar.rejects')).toEqual([]);
  stop.controller.abort();
  expect(await helping).toEqual({ predicted: 0, rejected: 0 });
});

test('a fault in mid-shard hands that back, and the run is not tried again at once', async () => {
  await bench.addPhotos('serengeti');
  await openElsewhere('one', { name: 'demo@1', id: 1 });
  let fetches = 0;
  const adapters = withFetch(peer.adapters, () => async () => {
    fetches++;
    throw new Error('no credentials on this machine');
  });
  const helping = startHelping({ adapters });
  await new Promise((wait) => setTimeout(wait, 2500));
  expect(fetches).toBeGreaterThan(0);
  expect(fetches).toBeLessThanOrEqual(8); // both shards once
  expect(await query('select from nightjar.shards where worker_id is not null')).toEqual([]);
  stop.controller.abort();
  await helping;
});

test('a helper survives that the database is away', async () => {
  await bench.addPhotos('serengeti');
  const { queue } = peer.adapters;
  let away = 3;
  const adapters = {
    ...peer.adapters,
    queue: Object.assign(Object.create(queue), {
      claim(run: Parameters<typeof queue.claim>[0]) {
        if (away-- > 0) throw new Error('Connection terminated');
        return queue.claim(run);
      },
    }),
  };
  const helping = startHelping({ adapters });
  await query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`);
  await openElsewhere('one', { name: 'demo@1', id: 1 });
  await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
  stop.controller.abort();
  expect(await helping).toEqual({ predicted: 8, rejected: 0 });
});

test('a run that stops while a helper holds a shard is closed over it, and nothing is doubled', async () => {
  await bench.addPhotos('.');
  const owner = new AbortController();
  const [helperHolds, ownerClosed] = [new Gate(), new Gate()];
  const helping = startHelping({
    adapters: withFetch(peer.adapters, (fetch) => async (photo) => {
      helperHolds.open();
      await ownerClosed.opened;
      return fetch(photo);
    }),
  });
  const adapters = withFetch(bench.adapters, (fetch) => async (photo) => {
    await helperHolds.opened;
    return fetch(photo);
  });
  const limits = { ...bench.app.config, shardSize: 4 };
  const stopped = await bench.run(
    {},
    {
      adapters,
      limits,
      signal: owner.signal,
      onProgress: ({ predicted }) => predicted >= 8 && owner.abort(),
    },
  );
  ownerClosed.open();
  await new Promise((wait) => setTimeout(wait, 500));
  stop.controller.abort();
  const helped = await helping;
  expect(stopped.status).toBe('stopped');
  expect(helped.predicted).toBe(0);
  const { predicted, rejected, pending } = stopped;
  expect(predicted + rejected + pending).toBe(61);
  expect(await query('select count(*)::int from nightjar.predictions')).toEqual([
    { count: predicted },
  ]);
  const resumed = await bench.resume(stopped.run ?? '');
  expect(resumed).toMatchObject({ status: 'done', predicted: 60, rejected: 1, pending: 0 });
});
