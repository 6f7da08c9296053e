import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ListedPhoto } from '../../src/domain/photo.ts';
import type { StartedRun } from '../../src/ledger.ts';
import type { PhotoSource } from '../../src/ports.ts';
import { discover } from '../../src/run/discover.ts';
import type { OpenedRun } from '../../src/run/open-run.ts';
import { planShards } from '../../src/run/plan-shards.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';
import { shardedRun, specFor } from '../helpers/shards.ts';
import { silentLog } from '../helpers/silent-log.ts';

let bench: RunBench;
beforeEach(async () => {
  bench = await openRunBench();
});
afterEach(() => bench.close());

const PHOTOS = 100_000;
const PAGE = 1000;

/** A bucket too large to be made here: its listing alone, page by page. */
const hugeBucket: PhotoSource = {
  url: 's3://huge/',
  parallelism: 1,
  async *list() {
    for (let from = 0; from < PHOTOS; from += PAGE) {
      yield Array.from({ length: PAGE }, (_, n): ListedPhoto => {
        const id = String(from + n).padStart(32, '0');
        return { key: `site/${id}.jpg`, etag: `"${id}"`, size: 1, lastModified: new Date(0) };
      });
    }
  },
  fetch: () => Promise.reject(new Error('only listed')),
  close() {},
};

/** What cannot be collected: what is resident besides, the collector is in no hurry to give back. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('a hundred thousand keys are noted and planned in memory that does not grow with them', async () => {
  const { ledger, queue } = bench.adapters;
  const submission = {
    job: 'huge',
    kind: 'run',
    logicalTime: new Date(),
    trigger: 'schedule',
    overlap: 'skip',
  } as const;
  const { runId } = await ledger.submit(submission);
  const row = (await ledger.start(runId)) as StartedRun;
  const run = shardedRun(runId);
  const spec = specFor(bench);
  await row.pin(spec, { modelVersionId: 1, regionSnapshotId: null });
  const opened = { row, run, spec, source: hugeBucket, adapters: bench.adapters } as OpenedRun;
  const { signal } = new AbortController();
  const held: number[] = [];
  const onProgress = ({ listed }: { listed: number }) => {
    if (listed % (PHOTOS / 4) === 0) held.push(heldBytes());
  };
  try {
    const pages = discover(opened, { signal, log: silentLog, onProgress });
    const plan = await planShards(pages, opened, 500);
    expect(plan).toEqual({
      listed: PHOTOS,
      alreadyDone: 0,
      planned: PHOTOS,
      leftOut: 0,
    });
    expect(await ledger.count(runId, run)).toMatchObject({ pending: PHOTOS, openShards: 200 });
    expect((held.at(-1) ?? 0) - (held[0] ?? 0)).toBeLessThan(8 * 2 ** 20);
  } finally {
    await queue.withdraw(runId);
    await row.release();
  }
});
