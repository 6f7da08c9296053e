import { copyFile, cp, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChaosStage, inForm, openStage, runUndisturbed } from '../helpers/chaos-stage.ts';
import { type ResultTable, readResultTable } from '../helpers/result-table.ts';

const COPIES = inForm(1, 4);

let undisturbed: ResultTable;
let stage: ChaosStage;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
});
afterAll(() => stage.remove());

test('a model file swapped mid-run gives no row of another model; the next run refuses it, and once it is restored the table is the same', async () => {
  const file = join(stage.cwd, 'models/demo/1/model.onnx');
  await cp(resolve('models/demo/1'), dirname(file), { recursive: true });
  const running = stage.start();
  await stage.waitForRows(4, running);
  await copyFile(file, `${file}.kept`);
  const other = `${file}.other`;
  await copyFile(resolve('test/fixtures/models/sigmoid/1/model.onnx'), other);
  await rename(other, file);
  const first = await running.ended;
  const { predictions } = await readResultTable(stage.test.database);
  const known = new Map(undisturbed.predictions.map((row) => [row.key, row]));
  for (const row of predictions) expect(row).toEqual(known.get(row.key));
  expect(first.code, first.stderr).toBe(0);

  await stage.test.database.query('delete from nightjar.predictions where photo_id % 2 = 0');
  const refused = await stage.run();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/MODEL_INVALID|sha256/);
  expect(await stage.countRows()).toBeLessThan(undisturbed.predictions.length);

  await rename(`${file}.kept`, file);
  await stage.expectSameTable(await stage.run(), undisturbed);
});
