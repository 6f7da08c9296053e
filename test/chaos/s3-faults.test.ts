import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type ChaosStage,
  inForm,
  listFiles,
  openStage,
  runUndisturbed,
  uploadPhotos,
} from '../helpers/chaos-stage.ts';
import { lastJson } from '../helpers/cli.ts';
import {
  type FaultyS3,
  planFor,
  randomPlan,
  S3_FAULTS,
  type S3Fault,
  startFaultyS3,
} from '../helpers/faulty-s3.ts';
import { type ResultTable, readResultTable } from '../helpers/result-table.ts';
import { type S3Server, startS3Server } from '../helpers/s3-server.ts';
import { announceSeed } from '../helpers/seeded-random.ts';

const COPIES = inForm(1, 6);

let undisturbed: ResultTable;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
});

let stage: ChaosStage;
let s3: S3Server;
let faulty: FaultyS3;
let env: Record<string, string>;
beforeEach(async () => {
  stage = await openStage(COPIES);
  s3 = await startS3Server();
  await uploadPhotos(s3, 'photos', stage.photos);
  await stage.writeJob({ source: 's3://photos/' });
  faulty = await startFaultyS3(s3);
  env = { ...faulty.env, NIGHTJAR_REQUEST_TIMEOUT_MS: '2000' };
});
afterEach(async () => {
  await faulty.close();
  await s3.close();
  await stage.remove();
});

/** Faults that asking again gets over; a 403 stays. */
const PASSING = S3_FAULTS.filter((fault) => fault !== 'error 403');

test('one answer in seven is wrong, each in one of eight ways, listings too: the table is the same', async () => {
  faulty.plan = randomPlan(announceSeed('S3 answers wrongly'), 1 / 7, PASSING);
  await stage.expectSameTable(await stage.run(env), undisturbed);
  console.error('chaos:', Object.fromEntries(faulty.happened));
  expect(faulty.happened.size).toBeGreaterThan(inForm(1, 4));
});

test('an object that fails for good, in each way there is, is FETCH_FAILED and nobody else’s loss; the next run takes it', async () => {
  const keys = (await listFiles(stage.photos)).filter((key) => key.includes('copy-0/yala/'));
  const faults = S3_FAULTS.filter((fault) => fault !== 'slow body');
  const wrong: Record<string, S3Fault> = {};
  for (const [n, key] of keys.entries()) {
    const fault = faults[n];
    if (fault) wrong[key] = fault;
  }
  faulty.plan = planFor(wrong);
  await stage.writeJob({ source: 's3://photos/', errorBudget: '50%' });
  const first = await stage.run({ ...env, NIGHTJAR_REQUEST_TIMEOUT_MS: '1500' });
  expect(first.code, first.stderr).toBe(0);
  const failed = Object.keys(wrong).sort();
  expect(lastJson(first.stdout)).toMatchObject({ pending: failed.length });
  const { rejects } = await readResultTable(stage.test.database);
  const fetchFailed = rejects.filter(({ code }) => code === 'FETCH_FAILED');
  expect(fetchFailed.map(({ key, final }) => ({ key, final }))).toEqual(
    failed.map((key) => ({ key, final: false })),
  );
  faulty.plan = () => undefined;
  await stage.expectSameTable(await stage.run(env), undisturbed);
});

test('a listing that is forbidden is the run’s end and no photo’s; the next run does all', async () => {
  faulty.plan = ({ kind }) => (kind === 'list' ? 'error 403' : undefined);
  const { code, stderr } = await stage.run(env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Expected to read s3:\/\/photos\/ but: AccessDenied/);
  expect(await stage.countRows()).toBe(0);
  faulty.plan = () => undefined;
  await stage.expectSameTable(await stage.run(env), undisturbed);
});

test('objects deleted or replaced between list and get: no row of theirs is of the wrong bytes, and the next run takes the new ones', async () => {
  const [gone = '', replaced = '', other = ''] = await listFiles(stage.photos);
  const newBytes = Buffer.concat([await readFile(join(stage.photos, other)), Buffer.from('new')]);
  faulty.beforeGet(gone, () => s3.deleteObject('photos', gone));
  faulty.beforeGet(replaced, () => s3.putObject('photos', replaced, newBytes));
  const first = await stage.run(env);
  expect(lastJson(first.stdout)).toMatchObject({ pending: 0 });
  const table = await readResultTable(stage.test.database);
  const faults = table.rejects.filter(({ key }) => key === gone || key === replaced);
  expect(faults.map(({ key, code }) => ({ key, code }))).toEqual([
    { key: gone, code: 'OBJECT_GONE' },
    { key: replaced, code: 'OBJECT_CHANGED' },
  ]);
  expect(table.predictions).toEqual(
    undisturbed.predictions.filter(({ key }) => key !== gone && key !== replaced),
  );
  const second = await stage.run(env);
  expect(lastJson(second.stdout)).toMatchObject({ status: 'done', predicted: 1, pending: 0 });
  const after = await readResultTable(stage.test.database);
  const expected = undisturbed.predictions.find(({ key }) => key === other);
  const {
    label,
    score,
    content_sha256: hash,
  } = after.predictions.find(({ key }) => key === replaced) ?? {};
  expect({ label, score }).toEqual({ label: expected?.label, score: expected?.score });
  expect(hash).not.toBe(expected?.content_sha256);
});
