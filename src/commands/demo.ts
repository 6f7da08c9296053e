import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { packagePath } from '../adapters/package-files.ts';
import { sql } from '../adapters/postgres-database.ts';
import { promoteModel, resolveModel } from '../adapters/postgres-model-registry.ts';
import { postgresRegionSnapshots } from '../adapters/postgres-region-snapshots.ts';
import { NightjarError } from '../domain/errors.ts';
import { promoteSnapshot } from '../regions/snapshots.ts';
import { type Job, parseJob } from '../run/job.ts';
import { run } from '../run/run.ts';
import { addModel } from './models.ts';
import { type App, withApp } from './open-app.ts';
import { exitCodeOf, formatSummary } from './print-summary.ts';
import { importRegions } from './regions.ts';
import { withRunContext } from './run-job.ts';
import type { Shell } from './shell.ts';
import { formatTable } from './table.ts';

const NAME = 'demo';

/** `nightjar demo`: everything set up, and the main job run over the bundled photos. */
export function addDemoCommand(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description('set everything up and predict the bundled demo photos')
    .action(() =>
      withApp(shell, { reserveOutput: true, expectNew: true, flags: quiet(shell) }, async (app) => {
        shell.print(`Database: ${app.databaseName}, migrated.`);
        shell.print(`Model:    ${await setUpModel(app, shell)}`);
        shell.print(`Regions:  ${await setUpRegions(app)}`);
        shell.print(`Job:      ${await setUpJob(app, shell)}`);
        const photos = pathToFileURL(packagePath('models/demo/photos')).href;
        const job = createJob(photos);
        const request = { job, trigger: 'demo', logicalTime: new Date() } as const;
        const summary = await withRunContext(app, shell, {}, (context) => run(request, context));
        shell.print(`\n${await formatAnswers(`${photos}/`, app)}\n\n${formatSummary(summary)}`);
        shell.print(`\n${NEXT}`);
        shell.exit(exitCodeOf(summary, shell.stoppedBy()));
      }),
    );
}

const NEXT = `What to type next:
  npx nightjar status                          runs, sources and rejects
  npx nightjar regions lookup -24.99 31.59     which animals live around Skukuza, South Africa
  npx nightjar doctor                          is everything there for the jobs in jobs/?
  npx nightjar run --job demo                  the same again: nothing is predicted twice
Then copy jobs/demo.yaml for a bucket of your own; the README goes on from here.`;

function createJob(source: string): Job {
  const problems: string[] = [];
  const job = parseJob(
    { name: NAME, source, model: 'demo@production', regions: NAME },
    'demo',
    problems,
  );
  if (!job) throw new Error(problems.join('\n'));
  return job;
}

async function setUpModel(app: App, shell: Shell): Promise<string> {
  const { manifest, labels } = await addModel(packagePath('models/demo/1'), app, shell);
  const ref = `${manifest.name}@${manifest.version}`;
  try {
    await resolveModel(app.database, 'demo@production');
  } catch (error) {
    if (!(error instanceof NightjarError) || error.code !== 'MODEL_UNKNOWN') throw error;
    await promoteModel(app.database, ref);
  }
  return `${ref}, ${labels.length} labels, checked and registered.`;
}

/** In an empty folder, a job file to start from; folders with jobs of their own are left alone. */
async function setUpJob({ config }: App, shell: Shell): Promise<string> {
  const name = join(config.jobsDir, 'demo.yaml');
  const directory = resolve(shell.cwd, config.jobsDir);
  const present: string[] = await readdir(directory).catch(() => []);
  if (present.length > 0) {
    return present.includes('demo.yaml') ? `${name}, there already.` : 'yours are left alone.';
  }
  const text = await readFile(packagePath('jobs/demo.yaml'), 'utf8');
  const source = pathToFileURL(packagePath('models/demo/photos')).href;
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'demo.yaml'),
    text.replace('./models/demo/photos   ', `${source}/`),
  );
  return `${name}, written.`;
}

async function setUpRegions(app: App): Promise<string> {
  const snapshots = postgresRegionSnapshots(app.database);
  const isReady = (record: { name: string; completedAt: Date | null }) =>
    record.name === NAME && record.completedAt !== null;
  const present = (await snapshots.list()).filter(isReady).at(-1);
  if (present) return `${NAME}@${present.version}, ${present.taxa} taxa, there already.`;
  const file = packagePath('models/demo/regions/occurrences.csv');
  const { snapshot, observations, taxa } = await importRegions({ file, name: NAME }, app);
  const ref = `${snapshot.name}@${snapshot.version}`;
  await promoteSnapshot(snapshots, ref, NAME);
  const aliases = (await snapshots.list()).flatMap((record) => record.aliases);
  if (!aliases.includes('production')) await promoteSnapshot(snapshots, ref);
  return `${ref}, ${taxa} taxa from ${observations.toLocaleString('en')} records, imported.`;
}

/** The demo speaks for itself; its log only where it was asked for. */
function quiet({ env }: Shell): { logLevel?: string } {
  return env.LOG_LEVEL ? {} : { logLevel: 'warn' };
}

interface AnswerRow {
  key: string;
  label: string | null;
  commonName: string | null;
  score: number;
  decision: string;
  visionLabel: string;
  visionScore: number;
  code: string | null;
}

/** The answers of a source, one line a photo, with what the picture alone said where it is something else. */
async function formatAnswers(source: string, { database }: App): Promise<string> {
  const { rows } = await database.query<AnswerRow & Record<string, unknown>>(
    sql('list-source-answers'),
    [source],
  );
  return formatTable(
    [
      { heading: 'photo' },
      { heading: 'prediction' },
      { heading: 'score', numeric: true },
      { heading: 'decision' },
      { heading: 'the picture alone' },
    ],
    rows.map(formatAnswer),
  );
}

function formatAnswer(row: AnswerRow): unknown[] {
  if (row.label === null) return [row.key, 'rejected', null, row.code, ''];
  const prediction = row.commonName ?? row.label;
  const vision =
    row.visionLabel === prediction ? '' : `${row.visionLabel} ${row.visionScore.toFixed(2)}`;
  return [row.key, prediction, row.score.toFixed(2), row.decision, vision];
}
