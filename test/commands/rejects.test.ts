import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/adapters/postgres-database.ts';
import { type CliResult, lastJson, runCli } from '../helpers/cli.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';

let bench: RunBench;
beforeEach(async () => {
  bench = await openRunBench();
});
afterEach(() => bench.close());

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

function rejects(...args: string[]): Promise<CliResult> {
  const env = { DATABASE_URL: bench.test.url };
  return runCli(['rejects', ...args], { cwd: bench.photos, env });
}

const jsonLines = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** One photo that is predicted, and one each for four codes. */
async function addBadPhotos(): Promise<void> {
  await bench.addPhotos('kruger/IMG_0001.JPG', 'kruger/IMG_0002.JPG', 'yellowstone/IMG_0007.JPG');
  await writeFile(join(bench.photos, 'empty.jpg'), '');
  await writeFile(join(bench.photos, 'letter.jpg'), 'Dear colleague, the camera is broken.');
  await truncate(join(bench.photos, 'kruger/IMG_0002.JPG'), 20_000);
}

/** Without a position: predicted again once the job does not ask for one. */
const STRICT = { location: 'required', errorBudget: 1 } as const;
const LENIENT = { errorBudget: 1 } as const;

const listState = () =>
  query<{ code: string; attempts: number; final: boolean; run: number }>(
    `select code, attempts, final, run_id::int as run from nightjar.rejects order by code`,
  );

describe('rejects list', () => {
  test('shows the newest first, each in lines of a terminal, and says how many more there are', async () => {
    await addBadPhotos();
    await bench.run(STRICT);
    await query(`update nightjar.rejects set last_rejected_at = last_rejected_at - interval '1 day'
      where code = 'IMAGE_EMPTY'`);
    const { code, stdout, stderr } = await rejects('list');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toBe('when               code                  attempts  final');
    expect(lines[7]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\dZ {2}IMAGE_EMPTY {18}1 {2}yes$/);
    expect(lines[8]).toMatch(/^ {2}empty\.jpg: Expected/);
    expect((await rejects('list', '--limit', '3')).stdout).toContain('\nand 1 more (--all)\n');
    expect((await rejects('list', '--all')).stdout).toBe(stdout);
  });

  test('--json gives an object a line with everything there is, and nothing else', async () => {
    await addBadPhotos();
    const { run } = await bench.run(STRICT);
    const { stdout, stderr } = await rejects('list', '--json', '--code', 'LOCATION_MISSING');
    expect(stderr).toBe('');
    expect(jsonLines(stdout)).toEqual([
      {
        photo: expect.stringMatching(/^\d+$/),
        source: bench.source,
        key: 'yellowstone/IMG_0007.JPG',
        model: 'demo@1',
        run,
        stage: 'extract',
        code: 'LOCATION_MISSING',
        message: expect.stringContaining('Expected'),
        attempts: 1,
        final: true,
        firstRejectedAt: expect.stringMatching(/Z$/),
        lastRejectedAt: expect.stringMatching(/Z$/),
      },
    ]);
    const cut = await rejects('list', '--json', '--limit', '1');
    expect(jsonLines(cut.stdout)).toHaveLength(1);
    expect(lastJson(cut.stderr)).toMatchObject({ listed: 1, more: 3 });
  });

  test('each filter leaves out the others, and superseded versions are never shown', async () => {
    await addBadPhotos();
    const { run: first } = await bench.run(STRICT);
    await writeFile(join(bench.photos, 'empty.jpg'), 'not empty any more');
    const { run: second } = await bench.run(LENIENT);
    await query(`update nightjar.rejects set final = false where code = 'IMAGE_TRUNCATED'`);
    const codes = async (...args: string[]) =>
      jsonLines((await rejects('list', '--json', ...args)).stdout)
        .map(({ code }) => code)
        .sort();
    expect(await codes()).toEqual([
      'FORMAT_UNKNOWN',
      'FORMAT_UNKNOWN',
      'IMAGE_TRUNCATED',
      'LOCATION_MISSING',
    ]);
    expect(await codes('--run', `${second}`)).toEqual(['FORMAT_UNKNOWN']);
    expect(await codes('--run', `${first}`, '--final')).toEqual([
      'FORMAT_UNKNOWN',
      'LOCATION_MISSING',
    ]);
    expect(await codes('--retryable')).toEqual(['IMAGE_TRUNCATED']);
    expect(await codes('--code', 'IMAGE_TRUNCATED', '--code', 'LOCATION_MISSING')).toEqual([
      'IMAGE_TRUNCATED',
      'LOCATION_MISSING',
    ]);
    expect(await codes('--model', 'demo@production')).toHaveLength(4);
    for (const source of [bench.source, bench.photos, '..', 'file:///tmp']) {
      expect(await codes('--source', source), source).toHaveLength(4);
    }
  });

  test('what cannot be meant is refused with what was expected, and exit code 2', async () => {
    const refused: [string[], RegExp][] = [
      [['list', '--code', 'TOO_DARK'], /received "TOO_DARK". There is OBJECT_GONE, .*CRASHES/],
      [['list', '--run', '99'], /number of a run for --run but received "99"/],
      [['list', '--run', 'x'], /number of a run for --run but received "x"/],
      [['list', '--source', 's3://nowhere/'], /received "s3:\/\/nowhere\/". There is none yet/],
      [['list', '--model', 'demo@7'], /but received "demo@7". There is demo@1/],
      [['list', '--limit', '0'], /above 0 for --limit but received "0"/],
      [['list', '--final', '--retryable'], /cannot be used with/],
      [['retry'], /received no filter\. Give --code.*or --all/],
    ];
    for (const [args, message] of refused) {
      const { code, stderr } = await rejects(...args);
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    }
  });
});

describe('rejects retry', () => {
  test('one code: the next run takes exactly those up, and the others are unaffected', async () => {
    await addBadPhotos();
    await bench.run(STRICT);
    const before = await listState();
    const dry = await rejects('retry', '--code', 'LOCATION_MISSING', '--dry-run');
    expect(dry.stdout).toContain('1 photo would be tried again; nothing was changed.');
    expect(await listState()).toEqual(before);

    const { code, stdout, stderr } = await rejects('retry', '--code', 'LOCATION_MISSING');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 photo will be tried again by the next run.');
    expect(stdout).toMatch(/ 1 {2}LOCATION_MISSING {2}demo@1 {2}bench/);
    expect(stdout).toContain('Next: nightjar run --job bench');
    expect(await listState()).toEqual(
      before.map((row) =>
        row.code === 'LOCATION_MISSING' ? { ...row, attempts: 0, final: false } : row,
      ),
    );
    expect((await rejects('list', '--retryable')).stdout).toMatch(/LOCATION_MISSING +0 {2}no/);
    const again = await rejects('retry', '--code', 'LOCATION_MISSING');
    expect(again.stdout).toMatch(/^No reject to try again/);

    const next = await bench.run(LENIENT);
    expect(next).toMatchObject({ listed: 5, alreadyDone: 4, predicted: 1, rejected: 0 });
    expect(await listState()).toEqual(before.filter((row) => row.code !== 'LOCATION_MISSING'));
  });

  test('a photo that fails again is final again by its code, and counted as a first attempt', async () => {
    await addBadPhotos();
    const { run: first } = await bench.run(STRICT);
    expect(
      lastJson((await rejects('retry', '--run', `${first}`, '--final', '--json')).stdout),
    ).toEqual({
      photos: 4,
      dryRun: false,
      rejects: ['FORMAT_UNKNOWN', 'IMAGE_EMPTY', 'IMAGE_TRUNCATED', 'LOCATION_MISSING'].map(
        (code) => ({ code, model: 'demo@1', job: 'bench', photos: 1 }),
      ),
    });
    const next = await bench.run(LENIENT);
    expect(next).toMatchObject({ listed: 5, alreadyDone: 1, predicted: 1, rejected: 3 });
    const failed = { attempts: 1, final: true, run: Number(next.run) };
    expect(await listState()).toEqual([
      { code: 'FORMAT_UNKNOWN', ...failed },
      { code: 'IMAGE_EMPTY', ...failed },
      { code: 'IMAGE_TRUNCATED', ...failed },
    ]);
    expect(await bench.run(LENIENT)).toMatchObject({ alreadyDone: 5, predicted: 0, rejected: 0 });
  });

  test('superseded versions stay as they are', async () => {
    await addBadPhotos();
    await bench.run(STRICT);
    await writeFile(join(bench.photos, 'empty.jpg'), 'not empty any more');
    await bench.run(LENIENT);
    const { stdout } = await rejects('retry', '--all', '--json');
    expect(lastJson(stdout)).toMatchObject({ photos: 4 });
    expect((await listState()).filter(({ final }) => final)).toEqual([
      { code: 'IMAGE_EMPTY', attempts: 1, final: true, run: 1 },
    ]);
  });

  test('a photo that killed the process starts without that suspicion, others keep theirs', async () => {
    await addBadPhotos();
    await bench.run(STRICT);
    await query(`update nightjar.rejects set code = 'PHOTO_CRASHES_WORKER', attempts = 3
      where code = 'IMAGE_EMPTY'`);
    await query(`insert into nightjar.photo_crashes (photo_id, model_version_id, crashes, crashes_alone)
      select photo_id, model_version_id, 5, 3 from nightjar.rejects`);
    await rejects('retry', '--all');
    const suspects = await query<{ code: string }>(
      `select code from nightjar.photo_crashes join nightjar.rejects using (photo_id) order by code`,
    );
    expect(suspects.map(({ code }) => code)).toEqual([
      'FORMAT_UNKNOWN',
      'IMAGE_TRUNCATED',
      'LOCATION_MISSING',
    ]);
  });

  test('while a run is under way it changes nothing for that run, and the one after takes them up', async () => {
    await addBadPhotos();
    const { run: first } = await bench.run(STRICT);
    await bench.addPhotos('serengeti');
    let retried: Promise<CliResult> | undefined;
    const under = await bench.run(LENIENT, {
      onProgress: ({ phase }) => {
        if (phase === 'predicting') retried ??= rejects('retry', '--run', `${first}`);
      },
    });
    expect((await retried)?.code).toBe(0);
    expect(under).toMatchObject({ status: 'done', listed: 13, alreadyDone: 5, predicted: 8 });
    expect(await bench.run(LENIENT)).toMatchObject({ alreadyDone: 9, predicted: 1, rejected: 3 });
  });

  test('all attempts are before a retried photo, however many runs tried it before', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG', 'kruger/IMG_0002.JPG');
    await bench.run(LENIENT, { limit: 1 });
    const [photo] = await query<{ id: string }>(
      `select id from nightjar.photos where id not in (select photo_id from nightjar.predictions)`,
    );
    await query(`insert into nightjar.runs (job, logical_time, trigger, status)
      select 'nightly', now() + n * interval '1 day', 'shell', 'done' from generate_series(1, 9) n`);
    const runs = await query<{ id: string }>(
      `select id from nightjar.runs where job = 'nightly' order by id`,
    );
    const failed = { photo_id: photo?.id, stage: 'extract', code: 'FETCH_FAILED' };
    const reject = async (run: { id: string } | undefined, maxAttempts = 3) => {
      const row = JSON.stringify([{ ...failed, message: 'no answer', final: false }]);
      await query(sql('load-rejects'), [row, 1, run?.id, maxAttempts, 'none']);
      const [{ attempts, final } = { attempts: -1, final: null }] = await listState();
      return [attempts, final];
    };
    expect(await reject(runs[0])).toEqual([1, false]);
    expect(await reject(runs[1])).toEqual([2, false]);
    expect(await reject(runs[2])).toEqual([3, true]);
    await rejects('retry', '--code', 'FETCH_FAILED');
    expect(await reject(runs[3])).toEqual([1, false]);
    expect(await reject(runs[4])).toEqual([2, false]);
    expect(await reject(runs[5])).toEqual([3, true]);
    await rejects('retry', '--code', 'FETCH_FAILED');
    expect(await reject(runs[5])).toEqual([1, false]); // taken up by the very run that rejected it
    await rejects('retry', '--code', 'FETCH_FAILED');
    expect(await reject(runs[5], 1)).toEqual([1, true]);
  });
});
