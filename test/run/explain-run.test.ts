import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postgresRunEvidence } from '../../src/adapters/postgres-run-evidence.ts';
import { explainRun } from '../../src/run/explain-run.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';

let bench: RunBench;
beforeEach(async () => {
  bench = await openRunBench();
});
afterEach(() => bench.close());

const MODEL = 1;

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

const evidence = () => postgresRunEvidence(bench.test.database);

const figures = { listed: 8, pending: 3 };

const explainRejects = async (runId: string, limit = 10) =>
  explainRun('over_error_budget', {
    ...figures,
    runId,
    rejects: await evidence().listRunRejects(runId, MODEL, limit),
    unaccounted: null,
  });

const explainUnaccounted = async (runId: string, limit = 10) =>
  explainRun('not_reconciled', {
    ...figures,
    runId,
    rejects: null,
    unaccounted: await evidence().listUnaccounted(runId, MODEL, limit),
  });

/** Eight photos in the shards 0–3, two each, in the order of their ids; the run has ended well. */
async function runInPairs(): Promise<{ runId: string; keys: string[] }> {
  await bench.addPhotos('serengeti');
  const runId = `${(await bench.run()).run}`;
  await query('delete from nightjar.shards where run_id = $1', [runId]);
  await query(
    `insert into nightjar.shards (run_id, index, photo_ids, claims, finished_at)
     select $1, (n - 1) / 2, array_agg(id order by id), 1, now()
     from (select id, row_number() over (order by id) as n from nightjar.photos) p
     group by (n - 1) / 2`,
    [runId],
  );
  const rows = await query<{ key: string }>('select key from nightjar.photos order by id');
  return { runId, keys: rows.map(({ key }) => key) };
}

/** What the n-th photo of all, from 0, was predicted is forgotten. */
const forget = (...photos: number[]) =>
  query(
    `delete from nightjar.predictions where photo_id in
       (select id from (select id, row_number() over (order by id) - 1 as n from nightjar.photos) p
        where n = any ($1))`,
    [photos],
  );

describe('a run over its error budget', () => {
  test('is explained by counts, and by examples of every reason, the rare ones too', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG');
    for (let i = 0; i < 12; i++) await writeFile(join(bench.photos, `letter-${i}.jpg`), 'Dear …');
    await writeFile(join(bench.photos, 'empty\nfile.jpg'), '');
    const { run, status } = await bench.run();
    expect(status).toBe('over_error_budget');
    const lines = (await explainRejects(`${run}`)).split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe(
      '13 photos were rejected: 12 FORMAT_UNKNOWN, 1 IMAGE_EMPTY. For example:',
    );
    expect(lines.slice(1, 10).join('\n')).toMatch(
      /^( {2}letter-\d+\.jpg: FORMAT_UNKNOWN: Expected .*\n?){9}$/,
    );
    expect(lines[10]).toMatch(/^ {2}empty\uFFFDfile\.jpg: IMAGE_EMPTY: Expected/);
    expect(lines[11]).toBe(`All of them: nightjar rejects list --run ${run}`);
  });

  test('rejects of other runs are left out', async () => {
    await writeFile(join(bench.photos, 'a.jpg'), '');
    await bench.run();
    await writeFile(join(bench.photos, 'b.jpg'), '');
    const { run } = await bench.run();
    const text = await explainRejects(`${run}`);
    expect(text).toMatch(/^1 photo was rejected: 1 IMAGE_EMPTY\. For example:\n {2}b\.jpg: /);
    expect(text).not.toContain('a.jpg');
  });
});

describe('a run whose photos do not add up', () => {
  test('names the photos without an outcome in finished shards, and says how to go on', async () => {
    const { runId, keys } = await runInPairs();
    await forget(1, 6);
    expect(await explainUnaccounted(runId)).toBe(
      `2 photos have no outcome though the shard is done: ${keys[1]}, ${keys[6]}\n` +
        `What has no outcome is pending: nightjar resume ${runId}, or the next run.`,
    );
    expect(await explainUnaccounted(runId, 1)).toContain(`: ${keys[1]}, …\n`);
  });

  test('names the open shards, and of their photos only those without an outcome', async () => {
    const { runId, keys } = await runInPairs();
    await query(
      `update nightjar.shards set finished_at = null, claims = index where index in (0, 2)`,
    );
    await forget(4);
    expect(await explainUnaccounted(runId)).toBe(
      '2 shards were not finished: 0 (2 photos, never begun), 2 (2 photos, begun 2 ×)\n' +
        `1 photo of them has no outcome: ${keys[4]}\n` +
        `What has no outcome is pending: nightjar resume ${runId}, or the next run.`,
    );
  });

  test('names the photos that are in two shards, also one that was deleted', async () => {
    const { runId, keys } = await runInPairs();
    await query(`update nightjar.shards set photo_ids = photo_ids || (
      select photo_ids[1] from nightjar.shards where index = 0) || 4711::bigint where index > 1`);
    await forget(0);
    expect(await explainUnaccounted(runId)).toBe(
      `2 photos have no outcome though the shard is done: ${keys[0]}, photo 4711 (deleted)\n` +
        `2 photos are in the run more than once: ${keys[0]} (shards 0, 2, 3), photo 4711 (deleted) (shards 2, 3)\n` +
        `What has no outcome is pending: nightjar resume ${runId}, or the next run.`,
    );
  });

  test('a reject by the run, or for good, or since it began is an outcome; an older one is not', async () => {
    const { runId, keys } = await runInPairs();
    const { run: other } = await bench.run();
    await forget(0, 1, 2, 3);
    await query(
      `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message,
         attempts, final, last_rejected_at)
       select p.id, 1, case n when 0 then $1::bigint else $2::bigint end, 'extract', 'FETCH_FAILED', '',
         1, n = 1, now() - case when n = 2 then interval '0' else interval '1 day' end
       from (select id, row_number() over (order by id) - 1 as n from nightjar.photos) p where n < 4`,
      [runId, other],
    );
    expect(await explainUnaccounted(runId)).toMatch(
      new RegExp(`^1 photo has no outcome though the shard is done: ${keys[3]}\n`),
    );
  });

  test('is told to look at the listing where the shards are in order', async () => {
    const { runId } = await runInPairs();
    expect(await explainUnaccounted(runId)).toMatch(/^Every photo of the shards has one outcome/);
  });
});

test('a status that needs no explanation has none', () => {
  const nothing = { ...figures, runId: '1', rejects: null, unaccounted: null };
  expect(explainRun('done', nothing)).toBe('');
  expect(explainRun('not_reconciled', nothing)).toBe('');
});

test.each([
  [
    { listed: 600, pending: 542 },
    /^stopped; 542 photos are left for the next run, or for: nightjar resume 21$/,
  ],
  [{ listed: 600, pending: 1 }, /^stopped; 1 photo is left for the next run/],
  [{ listed: 600, pending: 0 }, /^stopped; of the 600 photos listed none is left$/],
  [{ listed: 0, pending: 0 }, /^stopped before a photo was listed; all are left .* resume 21$/],
])('a stopped run says what it leaves: %o', (left, text) => {
  const findings = { ...left, runId: '21', rejects: null, unaccounted: null };
  expect(explainRun('stopped', findings)).toMatch(text);
});

test('a run without its supervisor says so', () => {
  const findings = { ...figures, runId: '21', rejects: null, unaccounted: null };
  expect(explainRun('crashed', findings)).toBe('its supervisor went away');
});
