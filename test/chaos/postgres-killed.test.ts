import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/adapters/postgres-database.ts';
import {
  type ChaosStage,
  expectSameTable,
  inForm,
  openStage,
  prepareDatabase,
  runUndisturbed,
} from '../helpers/chaos-stage.ts';
import { lastJson } from '../helpers/cli.ts';
import { type OwnPostgres, startOwnPostgres } from '../helpers/own-postgres.ts';
import type { ResultTable } from '../helpers/result-table.ts';
import { announceSeed } from '../helpers/seeded-random.ts';
import { silentLog } from '../helpers/silent-log.ts';

const COPIES = inForm(1, 10);
const KILLS = inForm(1, 4);

let undisturbed: ResultTable;
let stage: ChaosStage;
let server: OwnPostgres;
let database: Database;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
  server = await startOwnPostgres();
  stage.env.DATABASE_URL = server.url;
  await prepareDatabase(server.url);
  database = await openDatabase({ url: server.url, log: silentLog });
});
afterAll(async () => {
  await database.close();
  await server.remove();
  await stage.remove();
});

async function countPredictions(): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    'select count(*)::int as n from nightjar.predictions',
  );
  return rows[0]?.n ?? 0;
}

test(`killed ${KILLS} times during a run, and back within seconds: the run goes on, and the table is the same`, async () => {
  const random = announceSeed('PostgreSQL is killed');
  const running = stage.start();
  const all = undisturbed.predictions.length;
  for (let kill = 0; kill < KILLS; kill++) {
    const from = await countPredictions();
    const until = from + random.between(1, Math.floor(all / (KILLS + 1)));
    while ((await countPredictions()) < until) await new Promise((wait) => setTimeout(wait, 5));
    await server.kill();
    await new Promise((wait) => setTimeout(wait, random.between(0, inForm(500, 3_000))));
    await server.start();
  }
  await expectSameTable(database, await running.ended, undisturbed);
});

test('killed and not back in time: the run ends with DATABASE_UNREACHABLE, and the next one does the rest', async ({
  skip,
}) => {
  if (inForm(true, false)) return skip('half a minute of waiting: in the long form only');
  await database.query('truncate nightjar.predictions, nightjar.rejects');
  const running = stage.start();
  while ((await countPredictions()) < 20) await new Promise((wait) => setTimeout(wait, 5));
  await server.kill();
  const { code, stdout, stderr } = await running.ended;
  expect({ code, status: lastJson(stdout).status }).toEqual({ code: 1, status: 'failed' });
  expect(stderr).toMatch(/nightjar: The PostgreSQL server at .* went away/);
  await server.start();
  await expectSameTable(database, await stage.run(), undisturbed);
});
