import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRELOAD_ABORT, poison as poisoned } from '../helpers/abort-on-photo.ts';
import {
  type ChaosStage,
  inForm,
  listFiles,
  openStage,
  runUndisturbed,
} from '../helpers/chaos-stage.ts';
import { lastJson } from '../helpers/cli.ts';
import {
  expectReconciled,
  type ReconciledRun,
  type ResultTable,
  readResultTable,
} from '../helpers/result-table.ts';
import { announceSeed } from '../helpers/seeded-random.ts';

const COPIES = inForm(1, 6);
const POISON = inForm(1, 3);

let undisturbed: ResultTable;
let stage: ChaosStage;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
});
afterAll(() => stage.remove());

test(`${POISON} photos that abort the process are rejected as such within one run, and no others`, async () => {
  const random = announceSeed('photos abort the process');
  const sound = undisturbed.predictions.map(({ key }) => String(key));
  const files = (await listFiles(stage.photos)).filter((key) => sound.includes(key));
  const poison = new Set<string>();
  while (poison.size < POISON) poison.add(files[random.between(0, files.length - 1)] ?? '');
  for (const key of poison) {
    const path = join(stage.photos, key);
    await writeFile(path, poisoned(await readFile(path)));
  }

  const result = await stage.run(PRELOAD_ABORT);

  expect(result, result.stderr.slice(-2000)).toMatchObject({ code: 0 });
  expect(result.stderr).toContain('the process died (SIGABRT); starting it again');
  const summary = lastJson(result.stdout);
  expect(summary).toMatchObject({ status: 'done', pending: 0 });
  await expectReconciled(stage.test.database, summary as unknown as ReconciledRun);
  const table = await readResultTable(stage.test.database);
  const isSound = ({ key }: Record<string, unknown>) => !poison.has(String(key));
  expect(table.predictions).toEqual(undisturbed.predictions.filter(isSound));
  expect(table.rejects.filter(isSound)).toEqual(undisturbed.rejects);
  const convicted = table.rejects.filter((row) => !isSound(row));
  expect(convicted.map(({ key, code, final }) => ({ key, code, final }))).toEqual(
    [...poison].sort().map((key) => ({ key, code: 'PHOTO_CRASHES_WORKER', final: true })),
  );
});
