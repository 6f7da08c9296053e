import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fault } from '../../src/domain/outcome.ts';
import { FetchFault } from '../../src/ports.ts';
import { type OtherProcess, startOtherProcess } from '../helpers/other-process.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';
import { list, specFor } from '../helpers/shards.ts';
import { withFetch } from '../helpers/with-fetch.ts';

let bench: RunBench;
const others: OtherProcess[] = [];
beforeEach(async () => {
  bench = await openRunBench();
});
afterEach(async () => {
  for (const other of others.splice(0)) await other.die();
  await bench.close();
});

async function startOther(): Promise<OtherProcess> {
  const other = await startOtherProcess(bench);
  others.push(other);
  return other;
}

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

/** The figures of a run's row beside what the tables hold of it. */
async function figuresOf(run: string) {
  const [row] = await query(
    `select r.status, r.listed::int, r.already_done::int, r.predicted::int, r.rejected::int,
       r.pending::int, r.attempts,
       (select count(*)::int from nightjar.predictions p where p.run_id = r.id) as rows
     from nightjar.runs r where r.id = $1`,
    [run],
  );
  return row;
}

/** A run that is stopped after its first batches. */
async function stopEarly(job: Parameters<RunBench['run']>[0] = {}, options = {}) {
  const controller = new AbortController();
  const summary = await bench.run(job, {
    ...options,
    signal: controller.signal,
    onProgress: ({ predicted }) => predicted >= 8 && controller.abort(),
  });
  expect(summary.status).toBe('stopped');
  return { ...summary, run: summary.run ?? '' };
}

describe('a run is gone on with', () => {
  test('that was stopped: it predicts exactly the rest, and its row counts both parts', async () => {
    await bench.addPhotos('.');
    const stopped = await stopEarly();
    const resumed = await bench.resume(stopped.run);
    expect(resumed).toMatchObject({
      run: stopped.run,
      status: 'done',
      listed: 61,
      alreadyDone: 0,
      predicted: 60,
      rejected: 1,
      pending: 0,
    });
    expect(await figuresOf(stopped.run)).toEqual({
      status: 'done',
      listed: 61,
      already_done: 0,
      predicted: 60,
      rejected: 1,
      pending: 0,
      attempts: 2,
      rows: 60,
    });
  });

  test('whose process died a moment ago, before its plan was complete: it plans anew', async () => {
    await bench.addPhotos('kruger');
    const ids = (await list(bench)).map(({ photoId }) => photoId);
    const run = await crash([ids.slice(0, 4)]);
    expect(await bench.resume(run)).toMatchObject({ listed: 9, predicted: 8, rejected: 1 });
    expect(
      await query('select count(*)::int as planned from nightjar.shards, unnest(photo_ids)'),
    ).toEqual([{ planned: 9 }]);
  });

  test('whose process died with its plan complete: the plan stands', async () => {
    await bench.addPhotos('kruger');
    const ids = (await list(bench)).map(({ photoId }) => photoId);
    const run = await crash([ids.slice(0, 4)], 4);
    const resumed = await bench.resume(run);
    expect(resumed).toMatchObject({ status: 'done', listed: 9, predicted: 4, pending: 5 });
  });

  test('that failed, once its cause is mended', async () => {
    await bench.addPhotos('.');
    let fetched = 0;
    const adapters = withFetch(bench.adapters, (fetch) => (photo) => {
      if (fetched++ > 30) throw new Error('the disk fell off');
      return fetch(photo);
    });
    await expect(bench.run({}, { adapters })).rejects.toThrow('fell off');
    const [{ id } = { id: '' }] = await query<{ id: string }>(
      `select id::text from nightjar.runs where status = 'failed'`,
    );
    expect(await bench.resume(id)).toMatchObject({ status: 'done', predicted: 60, rejected: 1 });
  });

  test('that went over its budget as the source delivered nothing: it tries these photos again', async () => {
    await bench.addPhotos('serengeti');
    const adapters = withFetch(bench.adapters, (fetch) => async (photo) => {
      if (/[1-4]\.JPG$/.test(photo.key)) {
        throw new FetchFault(fault('FETCH_FAILED', 'Expected the bytes but: timeout'));
      }
      return fetch(photo);
    });
    const over = await bench.run({}, { adapters });
    expect(over).toMatchObject({ status: 'over_error_budget', predicted: 4, pending: 4 });
    expect(await bench.resume(over.run ?? '')).toMatchObject({
      status: 'done',
      listed: 8,
      predicted: 8,
      pending: 0,
    });
  });

  test('with the limit it had, also when it was stopped while it listed', async () => {
    await bench.addPhotos('kruger');
    const controller = new AbortController();
    const stopped = await bench.run(
      {},
      {
        limit: 3,
        signal: controller.signal,
        onProgress: ({ phase }) => phase === 'listing' && controller.abort(),
      },
    );
    expect(stopped.status).toBe('stopped');
    const resumed = await bench.resume(stopped.run ?? '');
    expect(resumed).toMatchObject({ status: 'done', listed: 9, predicted: 3, pending: 6 });
  });

  test('by one process, however many try', async () => {
    await bench.addPhotos('.');
    const { run } = await stopEarly();
    const peer = await bench.openPeer();
    const both = await Promise.allSettled([
      bench.resume(run),
      bench.resume(run, { adapters: peer.adapters }),
    ]);
    await peer.close();
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: 'USAGE' });
    expect(refused.reason.message).toMatch(/under way/);
    expect(await figuresOf(run)).toMatchObject({ status: 'done', predicted: 60, rows: 60 });
  });

  test('also while others look who has died', async () => {
    await bench.addPhotos('kruger');
    const peer = await bench.openPeer();
    for (let n = 0; n < 2; n++) {
      const ids = (await list(bench)).map(({ photoId }) => photoId);
      const run = await crash([ids.slice(0, 1)], 1);
      let looking = true;
      const look = async () => {
        while (looking) await peer.adapters.ledger.listInterrupted();
      };
      const lookers = [look(), look(), look()];
      const resumed = await bench.resume(run).finally(() => {
        looking = false;
      });
      await Promise.all(lookers);
      expect(resumed.status).toBe('done');
    }
    await peer.close();
  });
});

describe('a run whose means are gone fails, keeps its figures, and is gone on with when they are back', () => {
  test.each([
    ['its folder', () => bench.photos, 'SOURCE_UNREACHABLE'],
    ['its model', () => join(dirname(bench.photos), 'models'), expect.stringMatching(/^MODEL/)],
  ])('%s', async (_, folderOf, code) => {
    await bench.addPhotos('.');
    await bench.addModelVersion('2');
    const stopped = await stopEarly({ model: 'demo@2' });
    const folder = folderOf();
    await rename(folder, `${folder}-away`);
    await expect(bench.resume(stopped.run)).rejects.toMatchObject({ code });
    expect(await figuresOf(stopped.run)).toMatchObject({
      status: 'failed',
      predicted: stopped.predicted,
      rejected: stopped.rejected,
      pending: stopped.pending,
      rows: stopped.predicted,
    });
    await rename(`${folder}-away`, folder);
    const resumed = await bench.resume(stopped.run);
    expect(resumed).toMatchObject({ status: 'done', predicted: 60, rejected: 1 });
  });
});

describe('a process that starts in the place of one that died, and finds the run closed, tells its end', () => {
  const again = { logicalTime: new Date('2026-11-21T02:00:00Z') };

  test.each([
    ['done', 1],
    ['over_error_budget', 0],
  ])('%s', async (status, errorBudget) => {
    await bench.addPhotos('kruger');
    const first = await bench.run({ errorBudget }, again);
    expect(first).toMatchObject({ status, listed: 9, predicted: 8, rejected: 1 });
    const told = { ...first, seconds: expect.any(Number), photosPerSecond: expect.any(Number) };
    expect(await bench.run({ errorBudget }, { ...again, restarted: true })).toEqual(told);
    expect(await bench.resume(first.run ?? '', { restarted: true })).toEqual(told);
    expect(await figuresOf(first.run ?? '')).toMatchObject({ status, attempts: 1 });
  });

  test('not_reconciled', async () => {
    await bench.addPhotos('kruger');
    const { run } = await bench.run({}, again);
    await query(`update nightjar.runs set status = 'not_reconciled', error = 'a photo is lost'`);
    expect(await bench.run({}, { ...again, restarted: true })).toMatchObject({
      run,
      status: 'not_reconciled',
      reason: 'a photo is lost',
      model: 'demo@1',
      regions: 'demo@1',
      listed: 9,
    });
  });

  test('but another process that asks for the same tick is told that it is done', async () => {
    await bench.addPhotos('kruger');
    await bench.run({ errorBudget: 1 }, again);
    expect(await bench.run({}, again)).toMatchObject({ status: 'skipped', reason: 'done' });
  });
});

describe('a failed tick', () => {
  const tick = { logicalTime: new Date('2026-11-21T02:00:00Z') };
  const fail = () => expect(bench.run({ source: '/nowhere' }, tick)).rejects.toThrow('/nowhere');

  test('is taken up for a person who asks for it again', async () => {
    await fail();
    expect(await bench.run({ source: '/nowhere' }, tick).catch(String)).toMatch('/nowhere');
    expect(await figuresOf('1')).toMatchObject({ status: 'failed', attempts: 2 });
  });

  test('is not worked again by a daemon that found it waiting', async () => {
    await fail();
    const second = await bench.run({}, { ...tick, dispatched: true });
    expect(second).toMatchObject({ run: '1', status: 'skipped', reason: 'failed' });
    expect(await figuresOf('1')).toMatchObject({ status: 'failed', attempts: 1 });
  });

  test('nor when it fails between being found waiting and being taken in hand', async () => {
    await fail();
    const found = new Set(['queued', 'crashed', 'stopped'] as const);
    expect(await bench.adapters.ledger.start('1', found)).toBe('taken');
    expect(await figuresOf('1')).toMatchObject({ status: 'failed', attempts: 1 });
  });
});

test('a run that is done, skipped, under way elsewhere, or unknown is not gone on with, and why is said', async () => {
  const refusal = async (run: string | null) => {
    const error = await bench.resume(run ?? '').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'USAGE' });
    return error instanceof Error ? error.message : '';
  };
  const done = await bench.run();
  expect(await refusal(done.run)).toMatch(/run 1 is done.*nightjar run --job bench/s);
  const other = await startOther();
  const { runId } = await submit();
  await other.ask({ start: runId, spec: specFor(bench) });
  expect(await refusal(runId)).toMatch(/under way.*nightjar work/s);
  const skipped = await bench.run();
  expect(await refusal(skipped.run)).toMatch(/run 3 is skipped/);
  expect(await refusal('4711')).toMatch(/no run 4711.*nightjar status/s);
});

let hour = 0;
function submit(job = 'bench') {
  return bench.adapters.ledger.submit({
    job,
    kind: 'run',
    logicalTime: new Date(3_600_000 * hour++),
    trigger: 'schedule',
    overlap: 'skip',
  });
}

/** A run whose process is killed with its first shard in hand; with a plan when `planned` is given. */
async function crash(shards: string[][], planned?: number): Promise<string> {
  const { runId } = await submit('crashing');
  const other = await startOther();
  await other.ask({ start: runId, spec: specFor(bench, { job: 'crashing' }) });
  await other.ask({ enqueue: runId, shards });
  await other.ask({ claim: runId });
  if (planned !== undefined) {
    await query(
      `update nightjar.runs set listed = 9, planned = $2, left_out = $3, planned_at = now()
       where id = $1`,
      [runId, planned, 9 - planned],
    );
  }
  await other.die();
  return runId;
}
