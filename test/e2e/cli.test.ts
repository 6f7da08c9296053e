import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { lastJson, runCli, startCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { DEMO_PHOTOS } from '../helpers/run-bench.ts';
import { type S3Server, startS3Server } from '../helpers/s3-server.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

/** An empty folder, as a newcomer's. */
const emptyFolder = () => createTempFolder('nightjar e2e-');

async function writeJob(cwd: string, name: string, keys: Record<string, string>): Promise<void> {
  const job = { name, model: 'demo@production', regions: 'demo', ...keys };
  const lines = Object.entries(job).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  await mkdir(join(cwd, 'jobs'), { recursive: true });
  await writeFile(join(cwd, 'jobs', `${name}.yaml`), lines.join('\n'));
}

describe('on a laptop with nothing installed', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await emptyFolder();
    const demo = await runCli(['demo'], { cwd });
    expect(demo.stderr).toBe('');
    expect(demo.code).toBe(0);
    expect(demo.stdout).toContain(
      '61 listed = 0 already done + 60 predicted + 1 rejected + 0 pending',
    );
    expect(demo.stdout).toMatch(
      /serengeti\/IMG_0008\.JPG +common ostrich +[01]\.\d\d +region_demoted +emu 0/,
    );
    expect(demo.stdout).toMatch(/kruger\/IMG_0008\.JPG +rejected +– +IMAGE_TRUNCATED/);
    expect(demo.stdout).toContain('What to type next');
  });
  afterAll(async () => {
    await runCli(['db', 'stop'], { cwd });
    await rm(cwd, { recursive: true, force: true });
  });

  test('the demo a second time predicts nothing and says so', async () => {
    const { code, stdout } = await runCli(['demo'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('61 already done + 0 predicted');
    expect(stdout).toContain('nothing was predicted again');
  });

  test('the last one out has stopped the database, and its files are in .nightjar alone', async () => {
    const { stdout } = await runCli(['db', 'stop'], { cwd });
    expect(stdout).toContain('was not running');
    expect((await readdir(cwd)).sort()).toEqual(['.nightjar', 'jobs']);
    expect(await readdir(join(cwd, 'jobs'))).toContain('demo.yaml');
  });

  test('db start leaves the database running for others, until db stop', async () => {
    const { stdout, code } = await runCli(['db', 'start'], { cwd });
    expect(code).toBe(0);
    const { stdout: status } = await runCli(['status', '--json'], { cwd });
    expect(lastJson(status)).toHaveProperty('runs');
    const database = await openDatabase({ url: stdout.trim(), log: silentLog });
    const { rowCount } = await database.query('select from nightjar.current_predictions');
    await database.close();
    expect(rowCount).toBe(60);
    expect((await runCli(['db', 'stop'], { cwd })).stdout).toContain('stopped');
  });

  test('several processes share the database', async () => {
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => runCli(['status', '--json'], { cwd })),
    );
    for (const { code, stdout, stderr } of results) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(lastJson(stdout)).toHaveProperty('runs');
    }
    expect((await runCli(['db', 'stop'], { cwd })).stdout).toContain('was not running');
  });

  test('run --json ends with one line of JSON and logs nothing else to standard output', async () => {
    await writeJob(cwd, 'mine', { source: DEMO_PHOTOS });
    const { code, stdout } = await runCli(['run', '--job', 'mine', '--json'], { cwd });
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(Object.keys(lastJson(stdout))).toEqual([
      'run',
      'job',
      'kind',
      'status',
      'reason',
      'model',
      'regions',
      'listed',
      'alreadyDone',
      'predicted',
      'rejected',
      'pending',
      'seconds',
      'photosPerSecond',
    ]);
    expect(lastJson(stdout)).toMatchObject({ job: 'mine', status: 'done', alreadyDone: 61 });
  });

  test('run without a terminal logs JSON lines', async () => {
    const { stdout } = await runCli(['run', '--job', 'mine'], { cwd });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ message }) => message)).toEqual(['run started', 'run ended']);
    expect(lines[1]).toMatchObject({ level: 'info', status: 'done', alreadyDone: 61 });
  });

  test('a dry run counts and leaves no trace', async () => {
    const photos = join(cwd, 'new-photos');
    await cp(join(DEMO_PHOTOS, 'kruger'), photos, { recursive: true });
    await writeJob(cwd, 'new', { source: photos });
    const { code, stdout } = await runCli(['run', '--job', 'new', '--dry-run', '--json'], { cwd });
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({ run: null, status: 'dry_run', listed: 9, pending: 9 });
    const { stdout: status } = await runCli(['status', '--json'], { cwd });
    expect(status).not.toContain('new-photos');
    await rm(photos, { recursive: true });
  });

  test('over the error budget the exit code is 3', async () => {
    const photos = join(cwd, 'bad-photos');
    await mkdir(photos);
    await writeFile(join(photos, 'a.jpg'), 'no picture');
    await writeJob(cwd, 'bad', { source: photos });
    const { code, stdout } = await runCli(['run', '--job', 'bad', '--json'], { cwd });
    expect(code).toBe(3);
    expect(lastJson(stdout)).toMatchObject({ status: 'over_error_budget', rejected: 1 });
  });

  test.each([
    [['run', '--job', 'nope'], 2, /the name of a job but received "nope". Jobs here: /],
    [['run', '--limit', '0'], 2, /a whole number above 0 for --limit/],
    [['regions', 'lookup', '91', '0'], 2, /-90 to 90 for LATITUDE but received "91"/],
    [['regions', 'lookup', '--snapshot', 'x', '1', '1'], 2, /"x"/],
    [
      ['regions', 'import', 'none.csv'],
      2,
      /a CSV or TSV file .*none\.csv but there is nothing\. Check/,
    ],
    [
      ['regions', 'import', 'jobs'],
      2,
      /a CSV or TSV file .*jobs but that is a folder\. Name the file/,
    ],
    [
      ['models', 'add', 'none'],
      2,
      /the folder of a model package at .*none but there is nothing\. Check/,
    ],
    [
      ['models', 'add', 'jobs/demo.yaml'],
      2,
      /model package at .*but that is a file\. Name the folder/,
    ],
    [['models', 'add', 'jobs'], 1, /manifest\.json/],
    [
      ['models', 'promote', 'demo@7'],
      2,
      /a registered model but received "demo@7". There is demo@1/,
    ],
    [['frobnicate'], 2, /unknown command/],
    [['run', '--frobnicate'], 2, /unknown option/],
  ])('%j exits with %i and says what was expected', async (args, code, message) => {
    const result = await runCli(args, { cwd });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n\s+at /); // no stack for a person
    expect(result.code).toBe(code);
  });

  test.each([
    [['status']],
    [['status', '--check']],
    [['rejects', 'list']],
    [['rejects', 'retry', '--all']],
    [['resume', '1']],
    [['work', '--until-idle']],
    [['models', 'list']],
    [['models', 'promote', 'demo@1']],
    [['regions', 'list']],
    [['regions', 'promote', 'demo@1']],
    [['regions', 'lookup', '1', '1']],
  ])('%j where no database is says so, and makes none', async (args) => {
    const home = join(cwd, 'mistyped');
    const result = await runCli(args, { cwd, env: { NIGHTJAR_HOME: 'mistyped' } });
    expect(result.stderr).toContain(`Expected an embedded database in ${home} but there is none.`);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    await expect(stat(home)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('doctor is well, and says with a remedy what is not', async () => {
    const good = await runCli(['doctor', '--json'], { cwd });
    const bad = lastJson(good.stdout) as unknown as {
      subject: string;
      well: boolean;
      text: string;
    }[];
    expect(bad.find(({ subject }) => subject === 'model demo@production')?.well).toBe(true);
    expect(bad.find(({ subject }) => subject === 'database')?.text).toContain('PostgreSQL 18');
    const missing = bad.find(({ subject }) => subject.includes('new-photos'));
    expect(missing).toMatchObject({ well: false });
    expect(good.code).toBe(1);
  });

  test('doctor says when sharp cannot be loaded, which only some photos would show', async () => {
    const broken = join(cwd, 'no-sharp.mjs');
    await writeFile(
      broken,
      `import { registerHooks } from 'node:module';
       registerHooks({
         resolve(name, context, next) {
           if (name === 'sharp') throw new Error('Could not load the "sharp" module');
           return next(name, context);
         },
       });`,
    );
    const env = { NODE_OPTIONS: `--import "${broken}"` };
    const { stdout, code } = await runCli(['doctor'], { cwd, env });
    expect(stdout).toMatch(
      /✗ decoder: Expected sharp to load but: Could not load.*Install nightjar/,
    );
    expect(code).toBe(1);
  });

  test('regions lookup prints the list a biologist would expect', async () => {
    const args = ['regions', 'lookup', '--snapshot', 'demo'];
    const { stdout } = await runCli(['regions', 'lookup', '-24.99', '31.59'], { cwd });
    expect(stdout).toMatch(/Loxodonta africana +[01]\.\d{3}/);
    expect(stdout).toMatch(/effort of \d+ observations/);
    expect(stdout).not.toContain('Panthera onca');
    const winter = await runCli([...args, '--month', '1', '48.3', '8.2'], { cwd });
    expect(winter.stdout).toContain('month 1');
    const ocean = await runCli([...args, '0', '-30'], { cwd });
    expect(ocean.stdout).toContain('unsurveyed');
  });

  test('a model is added, listed and promoted; one that does not fit its file is not', async () => {
    const fixtures = resolve('test/fixtures/models');
    const [first = ''] = (await readdir(fixtures)).filter((name) => name === 'sigmoid');
    const added = await runCli(['models', 'add', join(fixtures, first, '1'), '--promote'], { cwd });
    expect(added.stdout).toContain('checked and registered, sigmoid@production from now on');
    const copy = join(cwd, 'broken');
    await cp(join(fixtures, first, '1'), copy, { recursive: true });
    const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8'));
    await writeFile(
      join(copy, 'manifest.json'),
      JSON.stringify({ ...manifest, version: '2', input: { ...manifest.input, width: 99 } }),
    );
    const refused = await runCli(['models', 'add', copy], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/input: the manifest says \[N, 3, 8, 99\], the file/);
    const { stdout } = await runCli(['models', 'list'], { cwd });
    expect(stdout).toMatch(/sigmoid +1 +production/);
    expect(stdout).not.toMatch(/sigmoid +2/);
    expect(await readdir(join(cwd, 'models'))).toEqual(['sigmoid']);
  });

  test('the program may be executed as it is checked out', async () => {
    const { mode } = await stat(resolve('bin/nightjar.js'));
    expect(mode & 0o111).toBe(0o111);
  });

  test('what has a photo’s name and cannot be listed or fetched is told, and costs nobody else', async () => {
    const photos = join(cwd, 'strange-photos');
    await cp(join(DEMO_PHOTOS, 'uluru'), photos, { recursive: true });
    await writeFile(
      Buffer.concat([Buffer.from(`${photos}/caf`), Buffer.from([0xe9]), Buffer.from('.jpg')]),
      'x',
    );
    await symlink(join(cwd, 'nowhere'), join(photos, 'dangling.jpg'));
    await symlink('loop.jpg', join(photos, 'loop.jpg'));
    await promisify(execFile)('mkfifo', [join(photos, 'fifo.jpg')]);
    await writeJob(cwd, 'strange', { source: photos, errorBudget: '50%' });
    const { code, stdout, stderr } = await runCli(['run', '--job', 'strange', '--json'], { cwd });
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({ listed: 8, predicted: 7, rejected: 1 });
    for (const name of ['dangling', 'loop', 'fifo']) {
      expect(stderr).toMatch(new RegExp(`"message":"not listed","path":"${name}.jpg"`));
    }
    const { stdout: status } = await runCli(['status'], { cwd });
    expect(status).toMatch(/1 +NAME_NOT_UTF8 +yes +caf\uFFFD\.jpg: Expected a path in UTF-8/);
  });

  test('a database is not stopped under a run, unless by force', async () => {
    const daemon = startCli(['schedule'], { cwd });
    await daemon.said(/"scheduled"/);
    const refused = await runCli(['db', 'stop'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`process ${daemon.child.pid} does`);
    daemon.child.kill('SIGTERM');
    await daemon.ended;
  });

  test('every problem of the configuration is told at once, with exit code 2', async () => {
    const { code, stderr } = await runCli(['status'], {
      cwd,
      env: { NIGHTJAR_BATCH_SIZE: 'x', LOG_LEVEL: 'loud', NIGHTJAR_BACTH_SIZE: '4' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('3 problems in the configuration');
    expect(stderr).toContain(
      'NIGHTJAR_BATCH_SIZE: expected a whole number from 1 to 1024, found "x"',
    );
    expect(stderr).toContain('NIGHTJAR_BACTH_SIZE: no such setting');
    expect(stderr).toContain('LOG_LEVEL: expected error, warn, info or debug, found "loud"');
  });
});

describe('with S3 and a PostgreSQL server', () => {
  let cwd: string;
  let database: TestDatabase;
  let s3: S3Server;
  let env: Record<string, string>;
  beforeAll(async () => {
    cwd = await emptyFolder();
    [database, s3] = await Promise.all([createTestDatabase(), startS3Server()]);
    env = { ...s3.env, DATABASE_URL: database.url };
    await s3.createBucket('photos');
    for (const site of await readdir(DEMO_PHOTOS)) {
      for (const file of await readdir(join(DEMO_PHOTOS, site))) {
        const bytes = await readFile(join(DEMO_PHOTOS, site, file));
        await s3.putObject('photos', `incoming/${site}/${file}`, bytes);
      }
    }
    expect((await runCli(['demo'], { cwd, env })).code).toBe(0);
  });
  afterAll(async () => {
    await s3.close();
    await database.drop();
    await rm(cwd, { recursive: true, force: true });
  });

  const query = async (text: string) => (await database.database.query(text)).rows;

  test('a run over the bucket agrees with the run over the folder, and needs no embedded database', async () => {
    await writeJob(cwd, 'bucket', { source: 's3://photos/incoming/' });
    const { code, stdout } = await runCli(['run', '--job', 'bucket', '--json'], { cwd, env });
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({
      listed: 61,
      predicted: 60,
      rejected: 1,
      status: 'done',
    });
    const answers = (source: string, cut: number) =>
      query(`select substring(key from ${cut}) as photo, label, score, decision
        from nightjar.current_predictions where source like '${source}%' order by 1`);
    expect(await answers('s3:', 10)).toEqual(await answers('file:', 1));
    expect(await readdir(cwd)).not.toContain('.nightjar');
  });

  /** Begins the job anew, and gives the process that works it once it has answered a few photos. */
  async function startAndReach(photos: number) {
    await query(`delete from nightjar.predictions p using nightjar.photos f
      where f.id = p.photo_id and f.source like 's3:%'`);
    const tiny = { ...env, NIGHTJAR_BATCH_SIZE: '2', NIGHTJAR_SHARD_SIZE: '8' };
    const started = startCli(['run', '--job', 'bucket', '--json'], { cwd, env: tiny });
    while ((await countDone()) < photos) await new Promise((wait) => setTimeout(wait, 5));
    const [worker] = (await query('select pid from nightjar.workers order by id desc limit 1')) as {
      pid: number;
    }[];
    return { started, pid: worker?.pid ?? 0 };
  }

  const countDone = async () =>
    (
      (await query(`select count(*)::int as n from nightjar.predictions p
        join nightjar.photos f on f.id = p.photo_id where f.source like 's3:%'`)) as {
        n: number;
      }[]
    )[0]?.n ?? 0;

  test('a process that is killed is started again, and goes on with the same run', async () => {
    const { started, pid } = await startAndReach(4);
    process.kill(pid, 'SIGKILL');
    const { code, stdout, stderr } = await started.ended;
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stderr).toContain('the process died (SIGKILL); starting it again');
    expect(lastJson(stdout)).toMatchObject({ status: 'done', listed: 61, predicted: 60 });
    expect(
      await query('select status, attempts from nightjar.runs order by id desc limit 1'),
    ).toEqual([{ status: 'done', attempts: 2 }]);
  });

  test('a run whose machine goes down loses nothing: the next one predicts exactly the rest', async () => {
    const { started, pid } = await startAndReach(4);
    started.child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    expect((await started.ended).signal).toBe('SIGKILL');
    const before = await countDone();
    expect(before).toBeLessThan(60);
    const { code, stdout } = await runCli(['run', '--job', 'bucket', '--json'], { cwd, env });
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({
      listed: 61,
      alreadyDone: before + 1,
      predicted: 60 - before,
      pending: 0,
    });
    expect(await query(`select status from nightjar.runs order by id desc limit 2`)).toEqual([
      { status: 'done' },
      { status: 'crashed' },
    ]);
    expect(await query("select from pgboss.job where state < 'completed'")).toEqual([]);
  });

  test('SIGTERM finishes the batch in hand, hands the rest back, and exits with 143', async () => {
    await query(`delete from nightjar.predictions p using nightjar.photos f
      where f.id = p.photo_id and f.source like 's3:%'`);
    const tiny = { ...env, NIGHTJAR_BATCH_SIZE: '1', NIGHTJAR_SHARD_SIZE: '4' };
    const stopped = startCli(['run', '--job', 'bucket', '--json'], { cwd, env: tiny });
    while (
      ((
        await query(
          `select from nightjar.runs where status = 'running' and model_version_id is not null`,
        )
      ).length ?? 0) === 0
    ) {
      await new Promise((wait) => setTimeout(wait, 5));
    }
    stopped.child.kill('SIGTERM');
    const { code, stdout } = await stopped.ended;
    expect(code).toBe(143);
    const summary = lastJson(stdout);
    expect(summary.status).toBe('stopped');
    const next = await runCli(['run', '--job', 'bucket', '--json'], { cwd, env });
    expect(lastJson(next.stdout)).toMatchObject({ status: 'done', listed: 61, pending: 0 });
  });

  test('two runs at once: one works, the other is skipped', async () => {
    await query(`delete from nightjar.predictions p using nightjar.photos f
      where f.id = p.photo_id and f.source like 's3:%'`);
    const results = await Promise.all(
      [1, 2].map(() => runCli(['run', '--job', 'bucket', '--json'], { cwd, env })),
    );
    const statuses = results.map(({ stdout }) => lastJson(stdout).status).sort();
    expect(statuses).toEqual(['done', 'skipped']);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
  });

  test('a bucket that is not there is the run’s fault, said with what to check', async () => {
    await writeJob(cwd, 'lost', { source: 's3://nowhere/' });
    const { code, stdout, stderr } = await runCli(['run', '--job', 'lost', '--json'], { cwd, env });
    expect(code).toBe(1);
    expect(lastJson(stdout)).toMatchObject({ job: 'lost', status: 'failed', predicted: 0 });
    expect(stderr).toMatch(/Expected to read s3:\/\/nowhere\/ but: NoSuchBucket/);
    expect(stderr).toContain('AWS_ENDPOINT_URL_S3');
  });

  test('an unreachable or unmigrated database is told with the remedy and without the password', async () => {
    const lost = await runCli(['status'], {
      cwd,
      env: { DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:9/db' },
    });
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/a PostgreSQL server at postgresql:\/\/me:\*\*\*@127\.0\.0\.1:9/);
    expect(lost.stderr).not.toContain('hunter2');
    const url = new URL(database.url);
    url.pathname = '/postgres';
    const empty = { cwd, env: { DATABASE_URL: url.href } };
    const unmigrated = await runCli(['status'], empty);
    expect(unmigrated.code).toBe(1);
    expect(unmigrated.stderr).toContain('Run `nightjar migrate`');
  });

  test('the schedule catches up with a missed tick in a process of its own, and stops on SIGTERM', async () => {
    await writeJob(cwd, 'nightly', {
      source: 's3://photos/incoming/kruger/',
      schedule: '0 0 * * *',
    });
    await query(`insert into nightjar.runs (job, logical_time, trigger, status)
      values ('nightly', now() - interval '3 days', 'schedule', 'done')`);
    const daemon = startCli(['schedule'], { cwd, env });
    await daemon.said(/"message":"run ended","run":"\d+"/);
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(143);
    expect(
      await query(`select trigger, status, listed::int from nightjar.runs
        where job = 'nightly' order by id desc limit 1`),
    ).toEqual([{ trigger: 'catchup', status: 'over_error_budget', listed: 9 }]);
  });

  test('the schedule ticks: the row of the minute is there and is run', async () => {
    await writeJob(cwd, 'often', { source: 's3://photos/incoming/uluru/', schedule: '* * * * *' });
    const daemon = startCli(['schedule'], { cwd, env });
    await daemon.said(/"job":"often".*"message":"tick"[\s\S]*"job":"often".*"message":"run ended"/);
    daemon.child.kill('SIGINT');
    expect((await daemon.ended).code).toBe(130);
    const rows = (await query(`select logical_time, trigger, status from nightjar.runs
      where job = 'often' order by id`)) as { logical_time: Date; status: string }[];
    expect(rows[0]).toMatchObject({ trigger: 'schedule', status: 'done' });
    expect(rows[0]?.logical_time.getTime()).toSatisfy((time: number) => time % 60_000 === 0);
  }, 120_000);
});
