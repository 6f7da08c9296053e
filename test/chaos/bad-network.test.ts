import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type ChaosStage,
  inForm,
  openStage,
  runUndisturbed,
  uploadPhotos,
} from '../helpers/chaos-stage.ts';
import { lastJson } from '../helpers/cli.ts';
import type { ResultTable } from '../helpers/result-table.ts';
import { type S3Server, startS3Server } from '../helpers/s3-server.ts';
import { announceSeed } from '../helpers/seeded-random.ts';
import { disturb, startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy.ts';

const COPIES = inForm(1, 10);
/** A silent connection counts as lost after this long here, and after a minute in earnest. */
const TIMEOUT_MS = 2_000;
/** On a slow machine a run gets on too little between two faults to ever end. */
const DISTURBED_MS = inForm(12_000, 60_000);
const PAUSE_MS = inForm([100, 400] as const, [100, 800] as const);

let undisturbed: ResultTable;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
});

let stage: ChaosStage;
let proxy: TcpProxy;
beforeEach(async () => {
  stage = await openStage(COPIES);
});
afterEach(async () => {
  await proxy.close();
  await stage.remove();
});

describe('the network to PostgreSQL', () => {
  let env: Record<string, string>;
  beforeEach(async () => {
    proxy = await startTcpProxy(Number(new URL(stage.test.url).port));
    env = {
      DATABASE_URL: proxy.through(stage.test.url),
      NIGHTJAR_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
    };
  });

  test.each(Array.from({ length: inForm(1, 4) }, (_, n) => n + 1))(
    'cuts, refuses, delays and stalls at random moments: the table is the same (%i)',
    async (n) => {
      const random = announceSeed(`a bad network to PostgreSQL ${n}`);
      const running = stage.start(env);
      const heal = disturb(proxy, random, { pauseMs: PAUSE_MS, stallMs: 2 * TIMEOUT_MS });
      await Promise.race([running.ended, wait(DISTURBED_MS)]);
      console.error(`chaos: ${(await heal()).join(', ')}`);
      await stage.expectSameTable(await running.ended, undisturbed);
    },
  );

  test('falls silent for good: the run ends with DATABASE_UNREACHABLE, and the next one does the rest', async ({
    skip,
  }) => {
    if (inForm(true, false)) return skip('half a minute of waiting: in the long form only');
    const running = stage.start(env);
    await stage.waitForRows(8, running);
    proxy.stall();
    const { code, stderr, stdout } = await running.ended;
    expect({ code, status: lastJson(stdout).status }).toEqual({ code: 1, status: 'failed' });
    expect(stderr).toMatch(/nightjar: The PostgreSQL server at .* went away/);
    proxy.cut();
    proxy.release();
    await stage.expectSameTable(await stage.run(env), undisturbed);
  });
});

describe('the network to S3', () => {
  let s3: S3Server;
  beforeEach(async () => {
    s3 = await startS3Server();
    await uploadPhotos(s3, 'photos', stage.photos);
    await stage.writeJob({ source: 's3://photos/', errorBudget: '50%' });
    proxy = await startTcpProxy(Number(new URL(s3.endpoint).port));
  });
  afterEach(() => s3.close());

  test('cuts, refuses, delays and stalls at random moments: the table is the same, if need be after a second run', async () => {
    const random = announceSeed('a bad network to S3');
    const env = {
      ...s3.env,
      AWS_ENDPOINT_URL_S3: proxy.through(s3.endpoint),
      NIGHTJAR_REQUEST_TIMEOUT_MS: '3000',
    };
    const running = stage.start(env);
    const heal = disturb(proxy, random, { pauseMs: [200, 900], stallMs: 2_000 });
    await Promise.race([running.ended, wait(DISTURBED_MS)]);
    console.error(`chaos: ${(await heal()).join(', ')}`);
    const first = await running.ended;
    expect(first.code, first.stderr.slice(-3000)).toBe(0);
    // A photo that was cut off six times in a row is pending, and said to be.
    const { pending } = lastJson(first.stdout);
    if (pending !== 0) console.error(`chaos: ${pending} photos left for a second run`);
    await stage.expectSameTable(pending === 0 ? first : await stage.run(env), undisturbed);
  });
});
