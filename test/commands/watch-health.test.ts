import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishHealth } from '../../src/commands/watch-health.ts';
import { loadConfig } from '../../src/config.ts';
import { type HealthBench, hoursAgo, openHealthBench } from '../health/health-bench.ts';
import { startWebServer, type WebServer } from '../health/web-server.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

let bench: HealthBench;
let server: WebServer;
let cwd: string;
beforeEach(async () => {
  bench = await openHealthBench();
  server = await startWebServer();
  cwd = await createTempFolder('nightjar-watch-');
});
afterEach(async () => {
  await server.close();
  await bench.test.drop();
});

const RULES = [{ name: 'nightly', schedule: '0 2 * * *', staleAfter: 36 * 3_600_000 }];
const publish = (env: Record<string, string>) => {
  const config = loadConfig({ cwd, env });
  return publishHealth({ config, database: bench.test.database, log: silentLog }, RULES, cwd);
};

test('the metrics file is written, and stale data told once', async () => {
  await bench.addRun({ logical_time: hoursAgo(50) });
  const env = { NIGHTJAR_METRICS_FILE: 'nightjar.prom', NIGHTJAR_WEBHOOK_URL: server.origin };
  await publish(env);
  await publish(env);
  expect(await readFile(join(cwd, 'nightjar.prom'), 'utf8')).toContain(
    'nightjar_last_run_status{job="nightly",status="done"} 1',
  );
  expect(server.received.map(({ body }) => JSON.parse(body).event)).toEqual(['data_stale']);
});

test('without the settings nothing is written or told, nor the database asked', async () => {
  await bench.query('alter table nightjar.runs rename to gone');
  await publish({});
  expect(await readdir(cwd)).toEqual([]);
});

test('a database that does not answer as expected is no error', async () => {
  await bench.query('alter table nightjar.runs rename to gone');
  await publish({ NIGHTJAR_METRICS_FILE: 'nightjar.prom' });
  expect(await readdir(cwd)).toEqual([]);
});
