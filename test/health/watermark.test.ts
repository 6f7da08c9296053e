import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/adapters/postgres-database.ts';
import { LOCKS } from '../../src/adapters/session-locks.ts';
import { type HealthBench, openHealthBench, toListed } from './health-bench.ts';

let bench: HealthBench;
beforeEach(async () => {
  bench = await openHealthBench();
  await bench.addRun();
});
afterEach(() => bench.test.drop());

const pending = async () => (await bench.health()).sources[0]?.pending;

/** The values of `note-listed` for one photo. */
function noteValues(name: string): unknown[] {
  const { key, etag, size, lastModified } = toListed(name);
  return [bench.source, [key], [etag], [size], [lastModified], LOCKS.watermark];
}

test('goes up to the photo before the first without an outcome, and no further', async () => {
  const [a = '', b = '', c = '', d = ''] = await bench.list('a', 'b', 'c', 'd');
  expect(await pending()).toBe(4);
  await bench.settle();
  expect(await bench.watermark()).toBe(Number(a) - 1 || null);
  await bench.predict(a, b, d);
  await bench.settle();
  expect(await bench.watermark()).toBe(Number(b));
  expect(await pending()).toBe(1);
  await bench.reject(c);
  await bench.settle();
  expect(await bench.watermark()).toBe(Number(d));
  expect(await pending()).toBe(0);
});

test('passes a photo that is to be tried again, which stays pending', async () => {
  const [a = '', b = ''] = await bench.list('a', 'b');
  await bench.reject(a, { final: false, code: 'FETCH_FAILED' });
  await bench.predict(b);
  await bench.settle();
  expect(await bench.watermark()).toBe(Number(b));
  expect((await bench.health()).sources[0]).toMatchObject({
    pending: 1,
    oldestPendingAt: new Date('2020-08-03T00:00:00Z'),
    predicted: null,
  });
  await bench.query('update nightjar.rejects set final = true');
  expect(await pending()).toBe(0);
});

test('never goes down, and looks on where it stopped when there is more than one step', async () => {
  const [source, version] = [bench.source, bench.modelVersionId];
  await bench.query(
    `insert into nightjar.photos (source, key, etag, size, last_modified)
     select $1, 'many/' || i, '1', 1, now() from generate_series(1, 45000) i`,
    [source],
  );
  await bench.query(
    `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message, attempts, final)
     select id, $1, 1, 'extract', 'IMAGE_EMPTY', '', 1, true from nightjar.photos`,
    [version],
  );
  const [last] = await bench.query<{ id: number }>(
    'select max(id)::integer as id from nightjar.photos',
  );
  await bench.settle();
  expect(await bench.watermark()).toBe(last?.id);
  await bench.settle();
  expect(await bench.watermark()).toBe(last?.id);
});

test('is each source and model version its own', async () => {
  const ids = await bench.list('a', 'b');
  await bench.predict(...ids);
  await bench.settle({ source: 's3://other/' });
  expect(await bench.query('select * from nightjar.watermarks')).toEqual([]);
});

describe('under concurrency', () => {
  test('waits for a listing under way, so that a smaller id committed later is not passed over', async () => {
    let settled: Promise<void> = Promise.resolve();
    let done = false;
    await bench.test.database.transaction(async (client) => {
      await client.query(sql('note-listed'), noteValues('slow')); // draws the smaller id
      const [fast = ''] = await bench.list('fast');
      await bench.predict(fast);
      settled = bench.settle().then(() => {
        done = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(done).toBe(false);
    });
    await settled;
    const rows = await bench.query<{ key: string; id: number }>(
      'select key, id::integer as id from nightjar.photos order by id',
    );
    expect(rows.map(({ key }) => key)).toEqual(['slow', 'fast']);
    expect((await bench.watermark()) ?? 0).toBeLessThan(rows[0]?.id ?? 0);
    expect(await pending()).toBe(1);
  });

  test('a listing that waits for it draws its ids afterwards, above the watermark', async () => {
    const [a = ''] = await bench.list('a');
    await bench.predict(a);
    let listed: Promise<string[]> = Promise.resolve([]);
    await bench.test.database.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [
        LOCKS.watermark,
        bench.source,
      ]);
      listed = bench.list('b');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await bench.query(`select from nightjar.photos where key = 'b'`)).toEqual([]);
      await client.query(sql('settle-watermark'), [bench.source, bench.modelVersionId, 10, null]);
    });
    const [b = ''] = await listed;
    expect(Number(b)).toBeGreaterThan((await bench.watermark()) ?? 0);
    expect(await pending()).toBe(1);
  });

  test('listings of one source do not wait for each other', async () => {
    await bench.test.database.transaction(async (client) => {
      await client.query(sql('note-listed'), noteValues('one'));
      await bench.list('two');
    });
  });
});

describe('an old version that comes back', () => {
  test('is pending again, however high the watermark was', async () => {
    const [first = ''] = await bench.list('a:1', 'b:1');
    const [second = ''] = await bench.list('a:2');
    await bench.predict(second, String(Number(first) + 1));
    await bench.settle();
    expect(await bench.watermark()).toBe(Number(second));
    expect(await pending()).toBe(0);
    await bench.list('a:1');
    expect(await bench.watermark()).toBe(Number(first) - 1);
    expect(await pending()).toBe(1);
    await bench.predict(first);
    await bench.settle();
    expect(await pending()).toBe(0);
  });

  test('is not hidden by a watermark that was made while its listing waited', async () => {
    const [first = ''] = await bench.list('a:1');
    const [second = ''] = await bench.list('a:2');
    await bench.predict(second);
    let listed: Promise<string[]> = Promise.resolve([]);
    await bench.test.database.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [
        LOCKS.watermark,
        bench.source,
      ]);
      listed = bench.list('a:1');
      await new Promise((resolve) => setTimeout(resolve, 200));
      await client.query(sql('settle-watermark'), [bench.source, bench.modelVersionId, 10, null]);
    });
    await listed;
    expect(await bench.watermark()).toBe(Number(first) - 1);
    expect(await pending()).toBe(1);
  });

  test('a listing of versions that are current leaves the watermark alone', async () => {
    const ids = await bench.list('a', 'b');
    await bench.predict(...ids);
    await bench.settle();
    await bench.list('a', 'b');
    expect(await bench.watermark()).toBe(Number(ids[1]));
  });
});

test('a photo that a later, complete listing no longer has holds nothing back and is not pending', async () => {
  const [gone = ''] = await bench.list('gone');
  const start = new Date(Date.now() + 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [there = '', unfinished = ''] = await bench.list('there', 'unfinished');
  await bench.predict(there);
  await bench.settle();
  expect((await bench.watermark()) ?? 0).toBeLessThan(Number(gone));
  expect(await pending()).toBe(2);
  await bench.settle({ allListedSince: start });
  expect(await bench.watermark()).toBe(Number(there));
  expect(await pending()).toBe(1);
  await bench.predict(unfinished);
  await bench.settle({ allListedSince: start });
  expect(await pending()).toBe(0);
});
