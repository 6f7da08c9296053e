import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChaosStage, inForm, openStage, runUndisturbed } from '../helpers/chaos-stage.ts';
import { lastJson, startCli } from '../helpers/cli.ts';
import { type ResultTable, readResultTable } from '../helpers/result-table.ts';

const COPIES = 1;

let undisturbed: ResultTable;
let stage: ChaosStage;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
});
afterAll(() => stage.remove());

const runs = async () =>
  (
    await stage.test.database.query<{ logical_time: Date; status: string; predicted: number }>(
      'select logical_time, status, predicted::int from nightjar.runs order by id',
    )
  ).rows;

test('four processes with the same tick in the same moment: one run, and the table is the same', async () => {
  const tick = ['--logical-time', '2026-01-02T03:00:00Z'];
  const results = await Promise.all([1, 2, 3, 4].map(() => stage.run({}, tick)));
  const statuses = results.map(({ stdout }) => lastJson(stdout).status).sort();
  expect(statuses).toEqual(['done', 'skipped', 'skipped', 'skipped']);
  expect(await runs()).toHaveLength(1);
  expect(await readResultTable(stage.test.database)).toEqual(undisturbed);
});

test('two daemons over two ticks: each tick is one run, every photo is predicted once, and both stop when told', async ({
  skip,
}) => {
  if (inForm(true, false)) return skip('a minute of waiting: in the long form only');
  await stage.test.database.query('truncate nightjar.runs cascade');
  await stage.writeJob({ schedule: '* * * * *' });
  const daemons = [1, 2].map(() => startCli(['schedule'], { cwd: stage.cwd, env: stage.env }));
  const ended = async () => (await runs()).filter(({ status }) => status === 'done').length;
  await expect.poll(ended, { timeout: 150_000, interval: 500 }).toBe(2);
  for (const { child } of daemons) child.kill('SIGTERM');
  for (const daemon of daemons) expect((await daemon.ended).code).toBe(143);
  const ticks = (await runs()).map(({ logical_time }) => logical_time.getTime());
  expect(new Set(ticks).size).toBe(ticks.length);
  expect(ticks.every((time) => time % 60_000 === 0)).toBe(true);
  const predicted = (await runs()).reduce((sum, run) => sum + (run.predicted ?? 0), 0);
  expect(predicted).toBe(undisturbed.predictions.length);
  expect(await readResultTable(stage.test.database)).toEqual(undisturbed);
}, 200_000);
