import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { estimate } from '../../src/commands/backfill-preview.ts';
import { parseClockTime } from '../../src/commands/parse-flags.ts';
import { fault } from '../../src/domain/outcome.ts';
import type { Selection } from '../../src/domain/selection.ts';
import { FetchFault, type Log } from '../../src/ports.ts';
import type { NewRun, RunAdapters, RunContext } from '../../src/run/context.ts';
import { help } from '../../src/run/help.ts';
import { parseJob } from '../../src/run/job.ts';
import { type OtherProcess, startOtherProcess } from '../helpers/other-process.ts';
import { type BenchRunOptions, openRunBench, type RunBench } from '../helpers/run-bench.ts';
import { list, specFor } from '../helpers/shards.ts';
import { silentLog } from '../helpers/silent-log.ts';
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

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

const EVER = { from: new Date('2000-01-01'), to: new Date('2100-01-01') };

function selection(options: Partial<Selection> = {}): Selection {
  return { ...EVER, by: 'modified', reverse: false, ...options };
}

function backfill(options: BenchRunOptions = {}, job: Parameters<RunBench['run']>[0] = {}) {
  const all = { kind: 'backfill', selection: selection(), ...options } as const;
  return bench.run({ errorBudget: 1, ...job }, all);
}

/** The bench's adapters with a source that fails on some keys. */
function failing(adapters: RunAdapters, keys: RegExp, code: 'OBJECT_GONE' | 'FETCH_FAILED') {
  return withFetch(adapters, (fetch) => async (photo) => {
    if (keys.test(photo.key)) throw new FetchFault(fault(code, 'Expected it but: no'));
    return fetch(photo);
  });
}

describe('the window', () => {
  const day = (n: number) => new Date(Date.UTC(2026, 2, n));
  const keys = [1, 2, 3, 4].map((n) => `serengeti/IMG_000${n}.JPG`);

  test.each([
    [false, [2, 3]],
    [true, [3, 2]],
  ])(
    'by modification goes from one time up to another, reverse %s: in that order',
    async (reverse, expected) => {
      await bench.addPhotos(...keys);
      for (const [n, key] of keys.entries())
        await utimes(join(bench.photos, key), day(n + 1), day(n + 1));
      const window = selection({ from: day(2), to: day(4), reverse });
      const limits = { ...bench.app.config, shardSize: 1 };
      const summary = await backfill({ selection: window, limits, maxActive: 1 });
      expect(summary).toMatchObject({ kind: 'backfill', status: 'done', listed: 2, predicted: 2 });
      const rows = await query<{ key: string }>(
        `select key from nightjar.predictions join nightjar.photos on id = photo_id order by predicted_at`,
      );
      expect(rows.map(({ key }) => key)).toEqual(expected.map((n) => keys[n - 1]));
    },
  );

  test('by capture holds photos whose time is known, and how many others there are is told', async () => {
    await bench.addPhotos('kruger', 'serengeti');
    const told: unknown[] = [];
    const log: Log = { ...silentLog, warn: (message, fields) => told.push({ message, ...fields }) };
    const window = selection({ by: 'captured' });
    expect(await backfill({ selection: window, log })).toMatchObject({ status: 'done', listed: 0 });
    expect(told).toMatchObject([{ message: expect.stringMatching(/in no window/), photos: 17 }]);
    await bench.run({ errorBudget: 1 });
    await bench.addModelVersion('2');
    const times = await query<{ at: Date }>(
      `select captured_local at time zone 'UTC' as at from nightjar.photos
       where captured_local is not null order by 1`,
    );
    const [from, to] = [times[3]?.at, times[9]?.at];
    if (!from || !to) throw new Error('expected photos with times');
    const within = times.filter(({ at }) => at >= from && at < to).length;
    const made = await backfill(
      { selection: { ...window, from, to, reverse: true } },
      { model: 'demo@2' },
    );
    expect(made).toMatchObject({ model: 'demo@2', listed: within, alreadyDone: 0, pending: 0 });
    const order = await query<{ at: Date }>(
      `select p.captured_local as at from nightjar.shards s, unnest(photo_ids) with ordinality as o(id, n)
       join nightjar.photos p using (id) where run_id = $1 order by s.index, n`,
      [made.run],
    );
    const inOrder = order.map(({ at }) => at.getTime());
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => b - a));
  });

  test('is given as days or clock times, and nothing else is taken for one', () => {
    const parse = parseClockTime('--from');
    expect(parse('2026-03-01')).toEqual(new Date('2026-03-01T00:00:00Z'));
    expect(parse('2026-03-01T18:00')).toEqual(new Date('2026-03-01T18:00:00Z'));
    for (const value of [
      '2026-02-30',
      '2026-03-01T18:00Z',
      '2026-03-01T18:00+02:00',
      'May',
      '2026',
    ])
      expect(() => parse(value)).toThrow(/^Expected a day like .* for --from but received/);
  });
});

describe('reprocessing', () => {
  test('none, failed and completed make again what they say, and everything adds up', async () => {
    await bench.addPhotos('kruger');
    await bench.run({ errorBudget: 1 });
    const none = await backfill();
    expect(none).toMatchObject({ listed: 9, alreadyDone: 9, predicted: 0, rejected: 0 });
    const failed = await backfill({ reprocess: 'failed' });
    expect(failed).toMatchObject({ listed: 9, alreadyDone: 8, predicted: 0, rejected: 1 });
    const completed = await backfill({ reprocess: 'completed' });
    expect(completed).toMatchObject({ listed: 9, alreadyDone: 0, predicted: 8, rejected: 1 });
    expect(
      await query('select run_id::text, count(*)::int from nightjar.predictions group by 1'),
    ).toEqual([{ run_id: completed.run, count: 8 }]);
  });

  test('a photo that fails when it is made again keeps its prediction, and has a reject', async () => {
    await bench.addPhotos('serengeti');
    const { run } = await bench.run();
    const adapters = failing(bench.adapters, /[12]\.JPG$/, 'OBJECT_GONE');
    const again = await backfill({ reprocess: 'completed', adapters });
    expect(again).toMatchObject({ status: 'done', listed: 8, predicted: 6, rejected: 2 });
    expect(
      await query(
        `select code, p.run_id::text from nightjar.rejects join nightjar.predictions p using (photo_id)`,
      ),
    ).toEqual([
      { code: 'OBJECT_GONE', run_id: run },
      { code: 'OBJECT_GONE', run_id: run },
    ]);
    expect(await bench.run()).toMatchObject({ alreadyDone: 8 });
  });

  test('that was stopped goes on without making again what it has made', async () => {
    await bench.addPhotos('.');
    await bench.run();
    const controller = new AbortController();
    const stopped = await backfill({
      reprocess: 'completed',
      signal: controller.signal,
      onProgress: ({ predicted }) => predicted >= 8 && controller.abort(),
    });
    expect(stopped.status).toBe('stopped');
    const made = () =>
      query<{ photo: string; at: Date }>(
        `select photo_id::text as photo, predicted_at as at from nightjar.predictions
         where run_id = $1 order by photo_id`,
        [stopped.run],
      );
    const before = await made();
    expect(before).toHaveLength(stopped.predicted);
    const resumed = await bench.resume(stopped.run ?? '');
    expect(resumed).toMatchObject({ status: 'done', listed: 61, predicted: 60, rejected: 1 });
    const after = new Map((await made()).map(({ photo, at }) => [photo, at]));
    for (const { photo, at } of before) expect(after.get(photo)).toEqual(at);
  });
});

describe('beside other runs', () => {
  test('a second backfill of the job is refused while one is under way, and not afterwards', async () => {
    await bench.addPhotos('serengeti');
    const other = await startOther();
    const first = await submit('backfill');
    await other.ask({ start: first, spec: specFor(bench, { kind: 'backfill' }) });
    await expect(backfill()).rejects.toMatchObject({
      code: 'RUN_OVERLAPS',
      message: expect.stringMatching(/^Expected no other backfill of job bench .*nightjar status/),
    });
    await other.die();
    await submit('backfill'); // whoever asked died before the run began
    await expect.poll(async () => (await backfill()).status, { timeout: 20_000 }).toBe('done');
  });

  test('a run of the same job is no obstacle, nor is the backfill to it; both add up', async () => {
    await bench.addPhotos('.');
    const peer = await bench.openPeer();
    const adapters = failing(bench.adapters, /IMG_0003/, 'FETCH_FAILED');
    const both = await Promise.all([
      bench.run({ errorBudget: 1 }, { adapters }),
      backfill({ adapters: failing(peer.adapters, /IMG_0003/, 'FETCH_FAILED') }),
    ]);
    await peer.close();
    for (const { status, listed, alreadyDone, predicted, rejected, pending } of both) {
      expect(status).toBe('done');
      expect(alreadyDone + predicted + rejected + pending).toBe(listed);
    }
    expect(await query('select count(*)::int from nightjar.predictions')).toEqual([{ count: 51 }]);
  });

  test('what another run has rejected meanwhile is accounted for', async () => {
    await bench.addPhotos('serengeti');
    const summary = await backfill({
      adapters: failing(bench.adapters, /IMG_0003/, 'FETCH_FAILED'),
      reprocess: 'failed',
    });
    expect(summary).toMatchObject({ status: 'done', predicted: 7, pending: 1 });
    const id = await submit('run', 'another');
    const viewer = { modelVersionId: 1, reprocess: 'failed', runId: summary.run } as const;
    await query('update nightjar.rejects set run_id = $1', [id]);
    const counts = () => bench.adapters.ledger.count(summary.run ?? '', viewer);
    expect(await counts()).toMatchObject({ pending: 1, retryable: 1, missing: 0 });
    await query('update nightjar.rejects set final = true');
    expect(await counts()).toMatchObject({ pending: 0, doneElsewhere: 1, missing: 0 });
  });

  test('it steps back while a scheduled run has shards waiting, and goes on when that is dead', async () => {
    await bench.addPhotos('serengeti');
    const ids = (await list(bench)).map(({ photoId }) => photoId);
    const other = await startOther();
    const scheduled = await submit('run', 'nightly');
    await other.ask({ start: scheduled, spec: specFor(bench, { job: 'nightly' }) });
    await other.ask({ enqueue: scheduled, shards: [ids] });
    const under = backfill();
    await new Promise((wait) => setTimeout(wait, 1500));
    expect(await query('select from nightjar.predictions')).toEqual([]);
    await other.die();
    expect(await under).toMatchObject({ status: 'done', predicted: 8 });
    expect(await query(`select status from nightjar.runs where job = 'nightly'`)).toEqual([
      { status: 'crashed' },
    ]);
  });

  test('--max-active bounds the shards in work over all who help', async () => {
    await bench.addPhotos('.');
    const peer = await bench.openPeer();
    const stop = new AbortController();
    let most = 0;
    const look = async () => {
      const [row] = await query<{ held: number }>(
        `select count(*)::int as held from nightjar.shards where finished_at is null and worker_id is not null`,
      );
      most = Math.max(most, row?.held ?? 0);
    };
    const watch = setInterval(() => void look(), 10);
    const context: RunContext = {
      adapters: peer.adapters,
      limits: bench.app.config,
      log: silentLog,
      signal: stop.signal,
    };
    const helping = help(context);
    const limits = { ...bench.app.config, shardSize: 4 };
    const summary = await backfill({ maxActive: 1, limits });
    clearInterval(watch);
    stop.abort();
    await helping;
    await peer.close();
    expect(summary).toMatchObject({ status: 'done', predicted: 60 });
    expect(most).toBe(1);
  });

  test('--limit leaves the rest of the window pending', async () => {
    await bench.addPhotos('serengeti');
    expect(await backfill({ limit: 3 })).toMatchObject({ listed: 8, predicted: 3, pending: 5 });
  });
});

describe('a dry run', () => {
  test('counts photos and bytes, changes nothing, and knows a time once the model was measured', async () => {
    await bench.addPhotos('.');
    const problems: string[] = [];
    const parsed = parseJob(
      { name: 'bench', source: bench.photos, model: 'demo@1' },
      'bench',
      problems,
    );
    if (!parsed) throw new Error(problems.join());
    const request: NewRun = {
      job: parsed,
      kind: 'backfill',
      trigger: 'shell',
      logicalTime: new Date(),
      selection: selection({ by: 'captured' }),
      reprocess: 'completed',
    };
    const preview = (options: Partial<NewRun> = {}) =>
      estimate({ ...request, ...options }, bench.app, (work) =>
        work({
          adapters: bench.adapters,
          limits: bench.app.config,
          log: silentLog,
          signal: new AbortController().signal,
        }),
      );
    expect(await preview()).toMatchObject({
      status: 'dry_run',
      listed: 0,
      timeUnknown: 61,
      etaSeconds: null,
    });
    expect(await query('select from nightjar.photos')).toEqual([]);
    await bench.run();
    const known = await preview();
    const [sums] = await query(
      `select count(*)::int as pending, sum(size)::int as "pendingBytes" from nightjar.photos
       where captured_local is not null`,
    );
    expect(known).toMatchObject({ ...sums, alreadyDone: 0, etaSeconds: expect.any(Number) });
    expect(known.etaSeconds).toBeGreaterThan(0);
    expect(await preview({ reprocess: 'none' })).toMatchObject({ pending: 0, pendingBytes: 0 });
    expect((await preview({ limit: 1 })).etaSeconds).toBe(1);
  });
});

async function startOther(): Promise<OtherProcess> {
  const other = await startOtherProcess(bench);
  others.push(other);
  return other;
}

let hour = 0;
async function submit(kind: 'run' | 'backfill', job = 'bench'): Promise<string> {
  const logicalTime = new Date(3_600_000 * hour++);
  const submission = { job, kind, logicalTime, trigger: 'shell', overlap: 'skip' } as const;
  return (await bench.adapters.ledger.submit(submission)).runId;
}
