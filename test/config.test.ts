import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { chooseJob, loadJobs } from '../src/run/job.ts';

const folders: string[] = [];
afterAll(() => {
  for (const cwd of folders) rmSync(cwd, { recursive: true });
});

function folder(files: Record<string, string>): string {
  const cwd = mkdtempSync(join(tmpdir(), 'nightjar-config-'));
  folders.push(cwd);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, '..'), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

describe('loadConfig', () => {
  test('later layers win: defaults, default.yaml, the environment file, environment, flags', () => {
    const cwd = folder({
      'config/default.yaml': 'batchSize: 2\nshardSize: 20\nmaxAttempts: 4\nmaxImageBytes: 1MiB\n',
      'config/production.yaml': 'shardSize: 30\nmaxAttempts: 5\n',
    });
    const env = { NIGHTJAR_ENV: 'production', NIGHTJAR_MAX_ATTEMPTS: '6', NIGHTJAR_HOME: '' };
    const config = loadConfig({ cwd, env, flags: { requestTimeoutMs: 700 } });
    expect(config).toMatchObject({
      batchSize: 2,
      shardSize: 30,
      maxAttempts: 6,
      requestTimeoutMs: 700,
      maxImageBytes: 1_048_576,
      home: '.nightjar',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('reports every problem at once, with file, key, what was expected and what was found', () => {
    const cwd = folder({
      'config/default.yaml': 'batchSize: many\nbatchsize: 3\nmaxImageBytes: big\n',
      'config/production.yaml': '- not\n- keys\n',
    });
    const env = {
      NIGHTJAR_ENV: 'production',
      NIGHTJAR_SHARD_SIZE: '0',
      DATABASE_URL: 'mysql://user:secret@host/db',
    };
    let message = '';
    try {
      loadConfig({ cwd, env });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('6 problems in the configuration');
    expect(message).toContain(
      'config/default.yaml: batchSize: expected a whole number from 1 to 1024, found "many"',
    );
    expect(message).toContain('config/default.yaml: batchsize: no such setting');
    expect(message).toContain('config/default.yaml: maxImageBytes: expected bytes, like 64MiB');
    expect(message).toContain('config/production.yaml: expected keys with values');
    expect(message).toContain(
      'environment: NIGHTJAR_SHARD_SIZE: expected a whole number from 1 to 10000, found "0"',
    );
    expect(message).toContain('environment: DATABASE_URL: expected a URL like postgresql://');
    expect(message).not.toContain('secret');
  });

  test('URLs that may hold a token are checked and not shown; {job} may stand in one', () => {
    const urls = {
      NIGHTJAR_WEBHOOK_URL: 'ftp://host/secret',
      NIGHTJAR_SUCCESS_PING_URL: 'secret',
      NIGHTJAR_METRICS_FILE: 'metrics.txt',
    };
    expect(() => loadConfig({ cwd: folder({}), env: urls })).toThrow(
      /^(?![\s\S]*secret)3 problems[\s\S]*NIGHTJAR_WEBHOOK_URL: expected a URL like https[\s\S]*ends in \.prom, found "metrics\.txt"/,
    );
    const successPingUrl = 'https://hc.example/ping/{job}?create=1';
    const config = loadConfig({ cwd: folder({}), env: {}, flags: { successPingUrl } });
    expect(config).toMatchObject({ successPingUrl, webhookUrl: null, metricsFile: null });
  });

  test('a missing file that NIGHTJAR_ENV names is a problem, broken YAML too', () => {
    const cwd = folder({ 'config/default.yaml': 'a: [' });
    expect(() => loadConfig({ cwd, env: { NIGHTJAR_ENV: 'staging' } })).toThrow(
      /default\.yaml: expected YAML[\s\S]*staging\.yaml: expected this file/,
    );
  });
});

describe('loadJobs', () => {
  const GOOD = 'name: nightly\nsource: s3://photos/incoming/\nmodel: demo@production\n';

  test('fills in the defaults', () => {
    const { jobs } = loadJobs(join(folder({ 'jobs/nightly.yaml': GOOD }), 'jobs'));
    expect(jobs.get('nightly')).toEqual({
      name: 'nightly',
      schedule: null,
      timezone: 'UTC',
      source: 's3://photos/incoming/',
      model: 'demo@production',
      regions: 'production',
      location: 'optional',
      fusion: 'weighted',
      overlap: 'skip',
      catchupWindow: 86_400_000,
      errorBudget: 0.05,
      pauseAfterFailures: null,
      staleAfter: null,
    });
  });

  test('staleAfter is a duration', () => {
    const read = (staleAfter: string) =>
      loadJobs(join(folder({ 'jobs/a.yaml': `${GOOD}staleAfter: ${staleAfter}\n` }), 'jobs'));
    expect(read('36h').jobs.get('nightly')?.staleAfter).toBe(129_600_000);
    expect(read('soon').problems.join()).toContain('staleAfter: expected a duration, like 36h');
  });

  test('reports the problems of all files at once', () => {
    const cwd = folder({
      'jobs/a.yaml': `${GOOD}schedule: "* * * * * *"\ntimezone: Mars/Olympus\nerrorBudget: 500%\n`,
      'jobs/b.yaml': 'name: B!\nsource: ""\noverlap: never\nspeed: fast\n',
      'jobs/c.yaml': `${GOOD}schedule: "0 2 1 * 1"\n`,
      'jobs/d.yaml': `${GOOD}schedule: "0 2 31 2 *"\npauseAfterFailures: 0\n`,
      'jobs/e.yaml': `${GOOD}schedule: "0 2 15W * *"\npauseAfterFailures: often\n`,
    });
    const load = () => chooseJob(loadJobs(join(cwd, 'jobs')), undefined);
    for (const problem of [
      /a\.yaml: schedule: expected five cron fields/,
      /a\.yaml: timezone: expected an IANA time zone.*Mars/,
      /a\.yaml: errorBudget: expected a share, like 5%, found "500%"/,
      /b\.yaml: name: expected lower-case/,
      /b\.yaml: model: expected NAME@ALIAS or NAME@VERSION, found nothing/,
      /b\.yaml: overlap: expected skip or buffer_one, found "never"/,
      /b\.yaml: speed: no such key/,
      /c\.yaml: schedule: expected five cron fields.*day of month or day of week/,
      /d\.yaml: schedule: expected five cron fields.*found "0 2 31 2 \*"/,
      /d\.yaml: pauseAfterFailures: expected a whole number of at least 1, or null for never, found 0/,
      /e\.yaml: schedule: expected five cron fields.*found "0 2 15W \* \*"/,
      /e\.yaml: pauseAfterFailures: .* found "often"/,
    ]) {
      expect(load).toThrow(problem);
    }
  });

  test('a bad file keeps no other job from its night, and its own from a wrong one', () => {
    const cwd = folder({ 'jobs/a.yaml': GOOD, 'jobs/b.yaml': 'name: weekly\nsource: ftp://x/y\n' });
    const loaded = loadJobs(join(cwd, 'jobs'));
    expect(chooseJob(loaded, 'nightly').name).toBe('nightly');
    for (const name of ['weekly', undefined]) {
      expect(() => chooseJob(loaded, name)).toThrow(/b\.yaml: source: expected s3:\/\/.*"ftp:/);
    }
  });

  test('two jobs of one name are a problem', () => {
    const cwd = folder({ 'jobs/a.yaml': GOOD, 'jobs/b.yaml': GOOD });
    const { problems } = loadJobs(join(cwd, 'jobs'));
    expect(problems).toEqual([expect.stringMatching(/b\.yaml: name: .*"nightly" twice/)]);
  });

  test('chooseJob takes the only one, and asks where there are several', () => {
    const one = loadJobs(join(folder({ 'jobs/a.yaml': GOOD }), 'jobs'));
    expect(chooseJob(one, undefined).name).toBe('nightly');
    expect(() => chooseJob(one, 'daily')).toThrow(/received "daily". Jobs here: nightly/);
    expect(() => chooseJob({ jobs: new Map(), problems: [] }, undefined)).toThrow(
      /--job NAME but received none/,
    );
  });
});
