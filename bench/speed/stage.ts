import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openEmbeddedPostgres } from '../../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../../src/adapters/pg-boss-queue.ts';
import { type Database, openDatabase } from '../../src/adapters/postgres-database.ts';
import { migrate } from '../../src/adapters/postgres-migrations.ts';
import { promoteModel } from '../../src/adapters/postgres-model-registry.ts';
import { addModel } from '../../src/commands/models.ts';
import { loadConfig } from '../../src/config.ts';
import { createShell } from '../../test/helpers/run-bench-shell.ts';
import { silentLog } from '../../test/helpers/silent-log.ts';
import { createTempFolder } from '../../test/helpers/temp-folder.ts';
import { type BucketPhoto, writePhotos } from './make-photos.ts';
import { readServer } from './process-usage.ts';

/** Where buckets come from. */
export type SourceKind = 'folder' | 's3';

/** Servers, a model and buckets, for one program after the other. */
export interface Stage {
  readonly cwd: string;
  /** What programs need to talk to the S3 server. */
  readonly s3Env: Readonly<Record<string, string>>;
  /** Makes an empty database, with the model in it, and gives its URL. */
  createDatabase(): Promise<string>;
  query(url: string, sql: string): Promise<Record<string, unknown>[]>;
  dropDatabase(url: string): Promise<void>;
  /** Puts photos into a folder of this name. */
  fillFolder(name: string, photos: readonly BucketPhoto[]): Promise<void>;
  /** Puts photos into a bucket of this name. */
  fillBucket(name: string, photos: readonly BucketPhoto[]): Promise<void>;
  urlOf(kind: SourceKind, name: string): string;
  /** Processor time of the two servers so far, in ms. */
  readServers(): { readonly postgres: number; readonly s3: number };
  close(): Promise<void>;
}

const TEMPLATE = 'bench_template';

/** @param model folder of a package, which every database has, in production */
export async function openStage(model: string): Promise<Stage> {
  const cwd = await createTempFolder('nightjar-speed-');
  const server = await openEmbeddedPostgres(cwd);
  const postgresPid = await readPid(cwd);
  const { s3, env: s3Env } = await startS3();
  await prepareTemplate(server.url, model, cwd);
  let databases = 0;
  const urlOfDatabase = (name: string) =>
    Object.assign(new URL(server.url), { pathname: name }).href;
  const run = async (sql: string, url = server.url) => {
    const database = await openDatabase({ url, poolSize: 1, log: silentLog });
    try {
      return (await database.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await database.close();
    }
  };
  return {
    cwd,
    s3Env,
    async createDatabase() {
      const name = `bench_${databases++}`;
      await run(`create database ${name} template ${TEMPLATE}`);
      return urlOfDatabase(name);
    },
    query: (url, sql) => run(sql, url),
    dropDatabase: async (url) => {
      await run(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
    },
    fillFolder: (name, photos) => writePhotos(join(cwd, name), photos),
    async fillBucket(name, photos) {
      for (const { key, bytes } of photos) await putObject(s3Env, `${name}/${key}`, bytes);
    },
    urlOf: (kind, name) => (kind === 's3' ? `s3://bench/${name}/` : join(cwd, name)),
    readServers: () => ({ postgres: readServer(postgresPid), s3: readServer(s3.pid ?? 0) }),
    async close() {
      s3.stdin?.end();
      if (s3.exitCode === null) await once(s3, 'exit');
      await server.release();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

async function prepareTemplate(url: string, model: string, cwd: string): Promise<void> {
  const admin = await openDatabase({ url, poolSize: 1, log: silentLog });
  await admin.query(`create database ${TEMPLATE}`);
  await admin.close();
  const database = await openDatabase({
    url: Object.assign(new URL(url), { pathname: TEMPLATE }).href,
    log: silentLog,
  });
  try {
    await migrate(database);
    await migrateQueue(database);
    await registerModel(database, model, cwd);
  } finally {
    await database.close();
  }
}

async function registerModel(database: Database, folder: string, cwd: string): Promise<void> {
  const { name, version } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const app = {
    config: loadConfig({ cwd, env: {} }),
    log: silentLog,
    database,
    databaseName: '',
  };
  await addModel(folder, app, createShell(cwd));
  await promoteModel(database, `${name}@${version}`);
}

/** Writes the job `bench` over a source. */
export async function writeJob(cwd: string, source: string, model: string): Promise<void> {
  await mkdir(join(cwd, 'jobs'), { recursive: true });
  const job = { name: 'bench', source, model: `${model}@production`, regions: 'none' };
  await writeFile(join(cwd, 'jobs', 'bench.yaml'), JSON.stringify(job));
}

async function startS3(): Promise<{ s3: ChildProcess; env: Record<string, string> }> {
  const program = join(import.meta.dirname, 's3-program.ts');
  const s3 = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(s3.stdout as NodeJS.ReadableStream), 'line')) as [
    string,
  ];
  return { s3, env: JSON.parse(line) };
}

async function putObject(
  env: Readonly<Record<string, string>>,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const answer = await fetch(`${env.AWS_ENDPOINT_URL_S3}/bench/${path}`, {
    method: 'PUT',
    headers: { 'x-amz-date': new Date().toISOString() },
    body: Buffer.from(bytes),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${text}`);
}

/** Of the server that was started last below a home. */
async function readPid(home: string): Promise<number> {
  const { findServerProgram } = await import('../../src/adapters/embedded-server-program.ts');
  const { data } = await findServerProgram(join(home, 'postgres'));
  const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
  return Number(pid);
}
