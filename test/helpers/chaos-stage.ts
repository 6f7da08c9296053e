import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expect, inject } from 'vitest';
import { openDatabase, type Queryable } from '../../src/adapters/postgres-database.ts';
import { type CliProcess, type CliResult, lastJson, runCli, startCli } from './cli.ts';
import { createTestDatabase, shareDatabase, type TestDatabase } from './database.ts';
import {
  expectReconciled,
  type ReconciledRun,
  type ResultTable,
  readResultTable,
} from './result-table.ts';
import { DEMO_PHOTOS } from './run-bench.ts';
import type { S3Server } from './s3-server.ts';
import { silentLog } from './silent-log.ts';
import { createTempFolder } from './temp-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `npm run chaos` runs the long form, `npm test` the short form of the same scenarios. */
    chaosForm: 'short' | 'long';
  }
}

/** The figure for the form that runs. */
export function inForm<T>(short: T, long: T): T {
  return inject('chaosForm') === 'long' ? long : short;
}

/** Small shards and transactions, so that there is much that can be interrupted. */
const SMALL_STEPS = { NIGHTJAR_SHARD_SIZE: '20', NIGHTJAR_BATCH_SIZE: '4' };

/** The name of the stage's only job. */
export const JOB = 'chaos';

/** A folder of photos with a job over them, and the program as a process against a database. */
export interface ChaosStage {
  /** Where the program is started; `models/`, `jobs/` and `photos/` are below it. */
  readonly cwd: string;
  readonly photos: string;
  readonly test: TestDatabase;
  /** Environment of the program; a scenario adds to it. */
  readonly env: Record<string, string>;
  /** Writes the job anew; `source` is `photos` unless said otherwise. */
  writeJob(keys?: Record<string, string>): Promise<void>;
  /** Starts `nightjar run --json`. */
  start(env?: Record<string, string>, args?: readonly string[]): CliProcess;
  run(env?: Record<string, string>, args?: readonly string[]): Promise<CliResult>;
  /** Rows written so far: predictions and rejects. */
  countRows(): Promise<number>;
  /** Resolves when at least this many rows are written, or `until` has ended. */
  waitForRows(rows: number, until: CliProcess): Promise<void>;
  /**
   * Fails unless the run that ended with this result is done and reconciled, and the table equals
   * the undisturbed one row for row.
   */
  expectSameTable(result: CliResult, undisturbed: ResultTable): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Sets a stage up: a database with the demo model and regions, and the demo photos as often as said.
 *
 * @param copies of the 61 demo photos; each copy is a folder of its own, its files with bytes of their own
 */
export async function openStage(copies: number): Promise<ChaosStage> {
  const prepared = await shareDatabase('chaos_prepared', prepareDatabase);
  const test = await createTestDatabase(new URL(prepared).pathname.slice(1));
  const cwd = await createTempFolder('nightjar-chaos-');
  const photos = join(cwd, 'photos');
  for (let copy = 0; copy < copies; copy++) await copyPhotos(photos, copy);
  const stage = new Stage(cwd, photos, test);
  await stage.writeJob();
  return stage;
}

/** The table that a run nobody disturbs leaves over so many copies; it is run once for all files. */
export async function runUndisturbed(copies: number): Promise<ResultTable> {
  const url = await shareDatabase(`chaos_undisturbed_${copies}`, async (fresh) => {
    await prepareDatabase(fresh);
    const stage = await openStage(copies);
    const result = await stage.run({ DATABASE_URL: fresh });
    await stage.remove();
    expect(result).toMatchObject({ code: 0 });
  });
  const database = await openDatabase({ url, log: silentLog });
  try {
    return await readResultTable(database);
  } finally {
    await database.close();
  }
}

/** Registers the demo model and regions in a database, by the program's own commands. */
export async function prepareDatabase(
  url: string | null,
  env: Record<string, string> = {},
): Promise<void> {
  const cwd = await createTempFolder('nightjar-chaos-');
  const steps = [
    ['migrate'],
    ['models', 'add', resolve('models/demo/1'), '--promote'],
    ['regions', 'import', OCCURRENCES, '--name', 'demo', '--promote'],
  ];
  for (const args of steps) {
    const { code, stderr } = await runCli(args, {
      cwd,
      env: { ...(url && { DATABASE_URL: url }), ...env },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  await rm(cwd, { recursive: true });
}

const OCCURRENCES = resolve('models/demo/regions/occurrences.csv');

/** Puts every photo of a folder into a bucket, under its path. */
export async function uploadPhotos(
  server: S3Server,
  bucket: string,
  folder: string,
): Promise<void> {
  await server.createBucket(bucket);
  for (const key of await listFiles(folder)) {
    await server.putObject(bucket, key, await readFile(join(folder, key)));
  }
}

/** Paths of the files below a folder, sorted. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

/** A byte after the end of the picture changes its hash, and nothing that is seen. */
async function copyPhotos(folder: string, copy: number): Promise<void> {
  for (const file of await listFiles(DEMO_PHOTOS)) {
    const target = join(folder, `copy-${copy}`, file);
    await mkdir(dirname(target), { recursive: true });
    const bytes = await readFile(join(DEMO_PHOTOS, file));
    await writeFile(target, Buffer.concat([bytes, Buffer.from([copy])]));
  }
}

class Stage implements ChaosStage {
  readonly cwd: string;
  readonly photos: string;
  readonly test: TestDatabase;
  readonly env: Record<string, string>;

  constructor(cwd: string, photos: string, test: TestDatabase) {
    this.cwd = cwd;
    this.photos = photos;
    this.test = test;
    this.env = { ...SMALL_STEPS, DATABASE_URL: test.url };
  }

  async writeJob(keys: Record<string, string> = {}): Promise<void> {
    const job = { name: JOB, model: 'demo@production', source: this.photos, ...keys };
    const lines = Object.entries(job).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    await mkdir(join(this.cwd, 'jobs'), { recursive: true });
    await writeFile(join(this.cwd, 'jobs', `${JOB}.yaml`), lines.join('\n'));
  }

  start(env: Record<string, string> = {}, args: readonly string[] = []): CliProcess {
    return startCli(['run', '--json', ...args], { cwd: this.cwd, env: { ...this.env, ...env } });
  }

  run(env?: Record<string, string>, args?: readonly string[]): Promise<CliResult> {
    return this.start(env, args).ended;
  }

  async countRows(): Promise<number> {
    return countRows(this.test.database);
  }

  async waitForRows(rows: number, until: CliProcess): Promise<void> {
    let ended = false;
    until.ended.finally(() => {
      ended = true;
    });
    while (!ended && (await this.countRows()) < rows) {
      await new Promise((wait) => setTimeout(wait, 10));
    }
  }

  async expectSameTable(result: CliResult, undisturbed: ResultTable): Promise<void> {
    await expectSameTable(this.test.database, result, undisturbed);
  }

  async remove(): Promise<void> {
    await this.test.drop();
    await rm(this.cwd, { recursive: true, force: true });
  }
}

export async function expectSameTable(
  database: Queryable,
  result: CliResult,
  undisturbed: ResultTable,
): Promise<void> {
  expect(result, `${result.stderr.slice(-3000)}\n${result.stdout.slice(-1000)}`).toMatchObject({
    code: 0,
  });
  const summary = lastJson(result.stdout);
  expect(summary).toMatchObject({ status: 'done', pending: 0 });
  await expectReconciled(database, summary as unknown as ReconciledRun);
  expect(await readResultTable(database)).toEqual(undisturbed);
}

async function countRows(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ n: number }>(`select
    (select count(*) from nightjar.predictions)::int + (select count(*) from nightjar.rejects)::int as n`);
  return rows[0]?.n ?? 0;
}
