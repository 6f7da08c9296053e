import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Log } from '../../src/ports.ts';
import { describeSchedules, followJobs } from '../../src/run/follow-jobs.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

let folder: string;
let told: unknown[];
const log: Log = {
  debug() {},
  info: (message, details) => told.push([message, details]),
  warn() {},
  error: (message, details) => told.push([message, details]),
};
beforeEach(async () => {
  folder = await createTempFolder('nightjar-jobs-');
  told = [];
  await write('nightly', '0 2 * * *');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, schedule: string) =>
  writeFile(
    join(folder, `${name}.yaml`),
    `name: ${name}\nschedule: "${schedule}"\nsource: ./photos\nmodel: demo@1\n`,
  );

test('jobs that are changed, added or removed are followed, and told when they are', async () => {
  const jobs = followJobs(folder, log);
  jobs.refresh();
  expect(told).toEqual([]);
  await write('nightly', '0 3 * * *');
  await write('weekly', '0 4 * * 0');
  jobs.refresh();
  const after = ['nightly (0 3 * * *, UTC)', 'weekly (0 4 * * 0, UTC)'];
  expect(describeSchedules(jobs.current)).toEqual(after);
  expect(told).toEqual([['scheduled', { jobs: after }]]);
  await rm(join(folder, 'nightly.yaml'));
  jobs.refresh();
  expect([...jobs.current.keys()]).toEqual(['weekly']);
});

test('a file that ceases to be a job is told once, and costs the others nothing', async () => {
  await write('weekly', '0 4 * * 0');
  const jobs = followJobs(folder, log);
  await write('nightly', 'at two');
  for (let n = 0; n < 3; n++) jobs.refresh();
  expect([...jobs.current.keys()]).toEqual(['weekly']);
  expect(told).toHaveLength(2);
  expect(told[0]).toEqual(['not a job', { problem: expect.stringContaining('found "at two"') }]);
});

test('a folder that goes away is told once, and its jobs stay', async () => {
  const jobs = followJobs(folder, log);
  await rm(folder, { recursive: true });
  for (let n = 0; n < 3; n++) jobs.refresh();
  expect([...jobs.current.keys()]).toEqual(['nightly']);
  expect(told).toHaveLength(1);
});
