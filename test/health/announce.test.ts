import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postgresNotices } from '../../src/adapters/postgres-notices.ts';
import { openWebhookNotifier } from '../../src/adapters/webhook-notifier.ts';
import {
  type Announcer,
  announceMissedTick,
  announcePaused,
  announceRunEnd,
  announceStale,
} from '../../src/health/announce.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { type HealthBench, openHealthBench } from './health-bench.ts';
import { ago, DONE, makeHealth, makeJob } from './make-health.ts';
import { startWebServer, type WebServer } from './web-server.ts';

let bench: HealthBench;
let server: WebServer;
let status: number;
let announcer: Announcer;
beforeEach(async () => {
  bench = await openHealthBench();
  status = 200;
  server = await startWebServer((response) => {
    response.statusCode = status;
    response.end();
  });
  announcer = open({ webhookUrl: `${server.origin}/hook` });
});
afterEach(async () => {
  await server.close();
  await bench.test.drop();
});

/** As a process of its own would have it. */
function open({ webhookUrl }: { webhookUrl: string | null }): Announcer {
  const notifier = openWebhookNotifier({
    webhookUrl,
    successPingUrl: `${server.origin}/ping/{job}`,
    log: silentLog,
    waitsMs: [1, 1],
  });
  return { notifier, book: postgresNotices(bench.test.database), log: silentLog };
}

const heard = () =>
  server.received.map(({ url, body }) => (url === '/hook' ? JSON.parse(body).event : url));

const ended = (parts = {}) => ({
  run: '12',
  job: 'nightly',
  status: 'failed',
  listed: 10,
  predicted: 4,
  rejected: 1,
  pending: 5,
  ...parts,
});

describe('the end of a run', () => {
  test.each(['failed', 'crashed', 'over_error_budget', 'not_reconciled'])(
    '%s is told with its figures, and does not ping',
    async (how) => {
      await announceRunEnd(ended({ status: how, reason: 'because' }), announcer);
      expect(server.received).toHaveLength(1);
      expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({
        event: 'run_failed',
        job: 'nightly',
        run: '12',
        status: how,
        text: expect.stringMatching(/^nightjar: run 12 of job nightly .+: because$/),
        pending: 5,
      });
    },
  );

  test('done pings, and tells nothing', async () => {
    await announceRunEnd(ended({ status: 'done' }), announcer);
    expect(heard()).toEqual(['/ping/nightly']);
  });

  test.each([
    { status: 'stopped' },
    { status: 'skipped' },
    { status: 'done', kind: 'backfill' },
    { status: 'dry_run', run: null },
  ])('%o neither pings nor tells', async (parts) => {
    await announceRunEnd(ended(parts), announcer);
    expect(heard()).toEqual([]);
  });

  test('tells of photos that were given up after the last attempt, not of those rejected at once', async () => {
    const run = await bench.addRun();
    const [a = '', b = '', c = ''] = await bench.list('a', 'b', 'c');
    await bench.reject(a, { code: 'FETCH_FAILED', run });
    await bench.reject(b, { code: 'FETCH_FAILED', final: false, run });
    await bench.reject(c, { code: 'IMAGE_EMPTY', run });
    await announceRunEnd(ended({ run, status: 'done' }), announcer);
    expect(heard()).toEqual(['/ping/nightly', 'retries_exhausted']);
    expect(JSON.parse(server.received[1]?.body ?? '')).toMatchObject({ photos: 1, run });
  });

  test('is told once, by one of several processes', async () => {
    const many = Array.from({ length: 4 }, () => open({ webhookUrl: `${server.origin}/hook` }));
    await Promise.all(many.map((one) => announceRunEnd(ended(), one)));
    await announceRunEnd(ended(), announcer);
    expect(heard()).toEqual(['run_failed']);
  });

  test('that could not be told is told on the next occasion', async () => {
    status = 500;
    await announceRunEnd(ended(), announcer);
    status = 200;
    await announceRunEnd(ended(), announcer);
    expect(server.received).toHaveLength(4);
  });

  test('is told also when the database cannot note it', async () => {
    await bench.query('alter table nightjar.notices rename to gone');
    await announceRunEnd(ended(), announcer);
    expect(heard()).toEqual(['run_failed']);
  });

  test('without a webhook only pings, and nothing is noted as told', async () => {
    const silent = open({ webhookUrl: null });
    await announceRunEnd(ended(), silent);
    await announceRunEnd(ended({ status: 'done' }), silent);
    await announceStale(makeHealth({ jobs: [LATE] }), [RULE], silent);
    expect(heard()).toEqual(['/ping/nightly']);
    expect(await bench.query('select * from nightjar.notices')).toEqual([]);
  });
});

test('a missed tick is told once', async () => {
  const tick = { job: 'nightly', logicalTime: ago(10), reason: 'another run was under way' };
  await announceMissedTick(tick, announcer);
  await announceMissedTick(tick, announcer);
  await announceMissedTick({ ...tick, logicalTime: ago(34) }, announcer);
  expect(heard()).toEqual(['tick_missed', 'tick_missed']);
  expect(JSON.parse(server.received[0]?.body ?? '').text).toBe(
    'nightjar: the tick of job nightly at 2026-11-21T02:00:00.000Z was missed: another run was under way',
  );
});

test('a paused job is told once, and again when it was paused after a good run', async () => {
  const paused = { job: 'nightly', failures: 5, run: '12' };
  await announcePaused(paused, announcer);
  await announcePaused(paused, announcer);
  await announceRunEnd(ended({ run: '13', status: 'done' }), announcer);
  await announcePaused({ ...paused, run: '18' }, announcer);
  expect(heard()).toEqual(['retries_exhausted', '/ping/nightly', 'retries_exhausted']);
});

const RULE = { name: 'nightly', schedule: '0 2 * * *', staleAfter: 36 * 3_600_000 };
const LATE = makeJob({ lastGoodWindow: { ...DONE, logicalTime: ago(50) } });

test('stale data is told once, and again when it went stale after it was fresh', async () => {
  const [late, fresh] = [makeHealth({ jobs: [LATE] }), makeHealth()];
  for (const health of [late, late, fresh, fresh, late]) {
    await announceStale(health, [RULE], announcer);
  }
  expect(heard()).toEqual(['data_stale', 'data_stale']);
  expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({
    job: 'nightly',
    run: null,
    text: 'nightjar: nightly is stale: the last good tick was that of 2026-11-19 10:00Z, run 12',
  });
});
