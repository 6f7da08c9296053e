import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { promoteModel } from '../../src/adapters/postgres-model-registry.ts';
import { postgresRegionSnapshots } from '../../src/adapters/postgres-region-snapshots.ts';
import { addModel } from '../../src/commands/models.ts';
import type { App } from '../../src/commands/open-app.ts';
import { openRunAdapters } from '../../src/commands/open-run-context.ts';
import { importRegions } from '../../src/commands/regions.ts';
import { loadConfig } from '../../src/config.ts';
import type { Log } from '../../src/ports.ts';
import { promoteSnapshot } from '../../src/regions/snapshots.ts';
import type {
  NewRun,
  Progress,
  RunAdapters,
  RunContext,
  RunLimits,
} from '../../src/run/context.ts';
import { type Job, parseJob } from '../../src/run/job.ts';
import { run } from '../../src/run/run.ts';
import type { RunSummary } from '../../src/run/summary.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createShell } from './run-bench-shell.ts';
import { silentLog } from './silent-log.ts';

/** A place to run jobs for real: a database, the demo model and regions, a folder of photos. */
export interface RunBench {
  readonly app: App;
  readonly adapters: RunAdapters;
  readonly test: TestDatabase;
  /** A folder of the bench's own, empty at first. */
  readonly photos: string;
  /** URL of `photos`, as `photos.source` has it. */
  readonly source: string;
  /** Copies demo photos, `SITE/FILE` or whole sites, into `photos`. */
  addPhotos(...paths: string[]): Promise<void>;
  /** Runs a job over `photos`. */
  run(job?: Partial<Job>, options?: BenchRunOptions): Promise<RunSummary>;
  /** Goes on with a run. */
  resume(runId: string, options?: BenchRunOptions): Promise<RunSummary>;
  /** Adapters on connections of their own, as another process has them. */
  openPeer(): Promise<Peer>;
  /** Registers the demo model once more, under another version. */
  addModelVersion(version: string): Promise<void>;
  close(): Promise<void>;
}

/** What another process would work with. */
export interface Peer {
  readonly adapters: RunAdapters;
  close(): Promise<void>;
}

/** How a run on the bench differs from a plain one. */
export interface BenchRunOptions extends Partial<Omit<NewRun, 'job'>> {
  readonly signal?: AbortSignal;
  readonly restarted?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  readonly adapters?: RunAdapters;
  readonly limits?: RunLimits;
  readonly log?: Log;
}

/** The folder of the bundled demo photos. */
export const DEMO_PHOTOS = resolve('models/demo/photos');

/** Sets a bench up: about a second. */
export async function openRunBench(env: Record<string, string> = {}): Promise<RunBench> {
  const test = await createTestDatabase();
  const cwd = await mkdtemp(join(tmpdir(), 'nightjar-bench-'));
  const photos = await mkdtemp(join(cwd, 'photos-'));
  const config = loadConfig({
    cwd,
    env: { NIGHTJAR_SHARD_SIZE: '16', NIGHTJAR_BATCH_SIZE: '8', ...env },
  });
  const app: App = { config, log: silentLog, database: test.database, databaseName: 'test' };
  const shell = createShell(cwd);
  await addModel(resolve('models/demo/1'), app, shell);
  await promoteModel(test.database, 'demo@1');
  const file = resolve('models/demo/regions/occurrences.csv');
  await importRegions({ file, name: 'demo' }, app);
  await promoteSnapshot(postgresRegionSnapshots(test.database), 'demo@1');
  const adapters = await openRunAdapters(app, shell);
  let clock = Date.now();
  const contextOf = (options: BenchRunOptions): RunContext => ({
    adapters,
    limits: config,
    log: silentLog,
    signal: new AbortController().signal,
    ...options,
  });
  return {
    app,
    adapters,
    test,
    photos,
    source: `${pathToFileURL(photos).href}/`,
    async addPhotos(...paths) {
      for (const path of paths) {
        await cp(join(DEMO_PHOTOS, path), join(photos, path), { recursive: true });
      }
    },
    run(job = {}, options = {}) {
      const problems: string[] = [];
      const parsed = parseJob(
        { name: 'bench', source: photos, model: 'demo@production' },
        'bench',
        problems,
      );
      if (!parsed) throw new Error(problems.join('\n'));
      return run(
        {
          job: { ...parsed, ...job },
          trigger: 'schedule',
          logicalTime: new Date(clock++),
          ...options,
        },
        contextOf(options),
      );
    },
    resume: (runId, options = {}) => run({ resume: runId }, contextOf(options)),
    async openPeer() {
      const database = await openDatabase({ url: test.url, log: silentLog });
      const peer = await openRunAdapters({ ...app, database }, shell);
      return {
        adapters: peer,
        async close() {
          await peer.queue.close();
          await database.close();
        },
      };
    },
    async addModelVersion(version) {
      const folder = join(cwd, `demo-${version}`);
      await cp(resolve('models/demo/1'), folder, { recursive: true });
      const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
      await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, version }));
      await addModel(folder, app, shell);
    },
    async close() {
      await adapters.queue.close();
      await test.drop();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
