import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import {
  type ChaosStage,
  expectSameTable,
  inForm,
  openStage,
  prepareDatabase,
  runUndisturbed,
} from '../helpers/chaos-stage.ts';
import { lastJson, runCli } from '../helpers/cli.ts';
import { type ResultTable, readResultTable } from '../helpers/result-table.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { mountSmallDisk, type SmallDisk } from '../helpers/small-disk.ts';

const COPIES = inForm(2, 10);
/** An embedded database with the demo's regions takes about 70 MB. */
const DISK_MB = 256;

let undisturbed: ResultTable;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
});

let stage: ChaosStage;
let disk: SmallDisk | string;
beforeEach(async () => {
  stage = await openStage(COPIES);
  disk = await mountSmallDisk(DISK_MB);
});
afterEach(async () => {
  if (typeof disk !== 'string') {
    await runCli(['db', 'stop', '--force'], { cwd: stage.cwd, env: stage.env });
    await disk.remove();
  }
  await stage.remove();
});

test('the disk of the embedded database fills up: the run ends with DATABASE_FULL and nothing half-done; with room again the next one does the rest', async ({
  skip,
}) => {
  if (typeof disk === 'string') {
    console.error(`SKIPPED disk full: ${disk}`);
    return skip(disk);
  }
  const home = { NIGHTJAR_HOME: join(disk.folder, 'home') };
  const url = (await runCli(['db', 'start'], { cwd: stage.cwd, env: home })).stdout.trim();
  await prepareDatabase(null, home);
  delete stage.env.DATABASE_URL;
  Object.assign(stage.env, home);
  await disk.fill(100_000);
  const { code, stdout, stderr } = await stage.run();
  console.error(
    stderr
      .split('\n')
      .filter((line) => line.startsWith('nightjar:'))
      .join('\n'),
  );
  expect({ code, status: lastJson(stdout).status }).toEqual({ code: 1, status: 'failed' });
  expect(stderr).toMatch(/nightjar: The PostgreSQL server at .* has no room left/);
  await disk.makeRoom();
  const database = await openDatabase({ url, log: silentLog });
  try {
    const { predictions } = await readResultTable(database);
    const known = new Map(undisturbed.predictions.map((row) => [row.key, row]));
    for (const row of predictions) expect(row).toEqual(known.get(row.key));
    await expectSameTable(database, await stage.run(), undisturbed);
  } finally {
    await database.close();
  }
});
