import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import parseMetrics from 'parse-prometheus-text-format';
import { describe, expect, test } from 'vitest';
import { writeMetricsFile } from '../../src/adapters/metrics-file.ts';
import { renderMetrics } from '../../src/health/render-metrics.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';
import { ago, DONE, makeHealth, makeJob, makeSource, NOW } from './make-health.ts';

const BUSY = makeHealth({
  jobs: [
    makeJob({ skippedTicks: { overlap: 2 }, consecutiveFailures: 1 }),
    makeJob({ job: 'new', lastGoodWindow: null, lastGoodRun: null, latestRun: null }),
    makeJob({ job: 'lost', latestRun: { ...DONE, status: 'failed', listed: null, pending: null } }),
  ],
  sources: [
    makeSource({ pending: 7, oldestPendingAt: ago(48), pendingSince: ago(1) }),
    makeSource({ source: 'file:///a "b"\\c\nd/' }),
  ],
  queue: ['run', 'backfill'].map((kind, n) => ({
    run: 13 + n,
    job: 'nightly',
    kind,
    status: 'running',
    waiting: 10,
    active: 2,
    planned: 6000,
    done: 10,
    workers: [{ worker: 1, host: 'a', pid: 42, shards: 2 }],
  })),
  rejects: [
    {
      source: 's3://photos/incoming/',
      model: 'fox@1',
      stage: 'extract',
      code: 'FETCH_FAILED',
      final: false,
      photos: 3,
      maxAttempts: 1,
      lastRejectedAt: NOW,
      example: 'a: b',
    },
  ],
});

/** `NAME{LABELS}` → value, as a parser of the format reads it. */
async function read(health = BUSY): Promise<Map<string, number>> {
  const families = parseMetrics(await renderMetrics(health));
  return new Map(
    families.flatMap(({ name, metrics }) =>
      metrics.map(({ labels = {}, value }): [string, number] => [
        `${name}${JSON.stringify(labels)}`,
        Number(value),
      ]),
    ),
  );
}

describe('the metrics', () => {
  test('say what the health says, in seconds and photos', async () => {
    const metrics = await read();
    const expected: [string, number][] = [
      ['nightjar_health_timestamp_seconds{}', NOW.getTime() / 1000],
      ['nightjar_last_good_window_timestamp_seconds{"job":"nightly"}', ago(10).getTime() / 1000],
      ['nightjar_last_run_status{"job":"nightly","status":"done"}', 1],
      ['nightjar_last_run_status{"job":"nightly","status":"failed"}', 0],
      ['nightjar_last_run_status{"job":"lost","status":"failed"}', 1],
      ['nightjar_last_run_duration_seconds{"job":"nightly"}', 1800],
      ['nightjar_last_run_photos{"job":"nightly","outcome":"predicted"}', 990],
      ['nightjar_consecutive_failures{"job":"nightly"}', 1],
      ['nightjar_skipped_ticks{"job":"nightly","reason":"overlap"}', 2],
      ['nightjar_job_paused{"job":"nightly"}', 0],
      ['nightjar_pending_photos{"source":"s3://photos/incoming/","model":"fox@1"}', 7],
      [
        'nightjar_oldest_pending_timestamp_seconds{"source":"s3://photos/incoming/","model":"fox@1"}',
        ago(48).getTime() / 1000,
      ],
      ['nightjar_open_shards{"kind":"run","state":"waiting"}', 10],
      ['nightjar_open_shards{"kind":"rescore","state":"active"}', 0],
      ['nightjar_workers{}', 1],
      [
        'nightjar_rejected_photos{"source":"s3://photos/incoming/","model":"fox@1","code":"FETCH_FAILED","final":"false"}',
        3,
      ],
      ['nightjar_photos_per_second{}', 0],
    ];
    for (const [name, value] of expected) expect(metrics.get(name), name).toBe(value);
  });

  test('leave out what is not known, rather than saying 0', async () => {
    const names = [...(await read()).keys()];
    const about = (job: string) => names.filter((name) => name.includes(`"job":"${job}"`));
    expect(about('new').join()).not.toMatch(/last_good|last_run/);
    expect(about('lost')).not.toContain(
      'nightjar_last_run_photos{"job":"lost","outcome":"pending"}',
    );
    expect(names.filter((name) => name.startsWith('nightjar_oldest_pending'))).toHaveLength(1);
  });

  test('keep to the rules of the format: names, units, help, types, escapes', async () => {
    const text = await renderMetrics(BUSY);
    expect(text).toContain('source="file:///a \\"b\\"\\\\c\\nd/"');
    expect(text.endsWith('\n')).toBe(true);
    for (const { name, help, type } of parseMetrics(text)) {
      expect(name).toMatch(/^nightjar_[a-z]+(_[a-z]+)*$/);
      expect(name).not.toMatch(/_(total|count|sum|bucket|milliseconds|minutes|hours|gauge)$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
      expect(type).toBe('GAUGE');
    }
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    expect(new Set(samples.map((line) => line.replace(/ [^ ]+$/, ''))).size).toBe(samples.length);
  });

  test('are in the README, every one', async () => {
    const readme = await readFile('README.md', 'utf8');
    for (const { name } of parseMetrics(await renderMetrics(BUSY))) {
      expect(readme).toContain(`\`${name}\``);
    }
  });

  test('of a database without runs are valid too', async () => {
    const metrics = await read(makeHealth({ jobs: [], sources: [] }));
    expect(metrics.get('nightjar_workers{}')).toBe(0);
  });
});

describe('the textfile', () => {
  test('is replaced whole, readable for others, with nothing left beside it', async () => {
    const folder = await createTempFolder('nightjar-metrics-');
    const path = join(folder, 'nightjar.prom');
    const before = process.umask(0o077);
    try {
      await Promise.all(['a', 'b', 'c'].map((text) => writeMetricsFile(path, text, silentLog)));
      await writeMetricsFile(path, 'last 1\n', silentLog);
    } finally {
      process.umask(before);
    }
    expect(await readFile(path, 'utf8')).toBe('last 1\n');
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await readdir(folder)).toEqual(['nightjar.prom']);
  });

  test.each([
    ['missing/nightjar.prom', 'ENOENT'],
    ['folder.prom', 'EISDIR'],
    ['/dev/full/nightjar.prom', 'ENOTDIR'],
  ])('%s cannot be written: a warning, no error, and nothing left behind', async (name, reason) => {
    const folder = await createTempFolder('nightjar-metrics-');
    await mkdir(join(folder, 'folder.prom'));
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (...said: unknown[]) => void warnings.push(said) };
    const path = name.startsWith('/') ? name : join(folder, name);
    await writeMetricsFile(path, 'a 1\n', log);
    expect(JSON.stringify(warnings)).toContain(reason);
    expect(await readdir(folder)).toEqual(['folder.prom']);
  });
});
