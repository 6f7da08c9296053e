import { mkdir, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openPhotoSource } from '../adapters/photo-source.ts';
import { sql } from '../adapters/postgres-database.ts';
import { listPendingMigrations } from '../adapters/postgres-migrations.ts';
import { postgresRegionSnapshots } from '../adapters/postgres-region-snapshots.ts';
import { loadConfig } from '../config.ts';
import { EXIT_CODES, messageOf } from '../domain/errors.ts';
import { formatBytes } from '../domain/units.ts';
import { resolveSnapshot } from '../regions/snapshots.ts';
import { type Job, loadJobs } from '../run/job.ts';
import { isJpegDecoderBuilt } from '../transform/jpeg/decode-jpeg.ts';
import { type App, withApp } from './open-app.ts';
import { openModel } from './open-run-context.ts';
import type { Shell } from './shell.ts';

/** One line of the doctor: what was looked at, whether it is well, what was found or is to be done. */
interface Finding {
  readonly subject: string;
  readonly well: boolean;
  readonly text: string;
}

/** `nightjar doctor`: is everything there that a run needs? */
export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command('doctor')
    .description('check database, sources, models, regions and disk')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: boolean }) => {
      const findings = await examine(shell);
      shell.print(
        flags.json
          ? JSON.stringify(findings)
          : findings.map((finding) => format(finding)).join('\n'),
      );
      shell.exit(findings.every(({ well }) => well) ? EXIT_CODES.done : EXIT_CODES.failed);
    });
}

function format({ subject, well, text }: Finding): string {
  return `${well ? '✓' : '✗'} ${subject}: ${text.replace(/\s*\n\s*/g, ' ')}`;
}

async function examine(shell: Shell): Promise<Finding[]> {
  const config = loadConfig(shell);
  const disk = await look('disk', () =>
    lookAtDisk(resolve(shell.cwd, config.home), config.minFreeDiskBytes),
  );
  const findings: Finding[] = [];
  try {
    await withApp(shell, { reserveOutput: true, unmigrated: true }, async (app) => {
      findings.push(await look('database', () => lookAtDatabase(app)));
      if (!findings[0]?.well) return;
      const { jobs, problems } = loadJobs(resolve(shell.cwd, config.jobsDir));
      for (const problem of problems) findings.push({ subject: 'job', well: false, text: problem });
      findings.push(...(await examineJobs([...jobs.values()], app, shell)));
    });
  } catch (error) {
    findings.push({
      subject: findings.length === 0 ? 'database' : 'jobs',
      well: false,
      text: messageOf(error),
    });
  }
  return [...findings, disk, ...(await examineDecoders())];
}

/** What is wrong with the decoders, which are loaded when a picture needs them. */
async function examineDecoders(): Promise<Finding[]> {
  const findings = isJpegDecoderBuilt() ? [] : [NO_DECODER];
  try {
    await import('../transform/decode-with-sharp.ts');
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    const text = `Expected sharp to load but: ${reason} Plain JPEGs alone can be decoded. Install nightjar again on this very machine.`;
    findings.push({ subject: 'decoder', well: false, text });
  }
  return findings;
}

const NO_DECODER: Finding = {
  subject: 'decoder',
  well: false,
  text:
    'Expected the JPEG decoder in dist/jpeg but it was not built: sharp decodes instead, in twice the time ' +
    'and with slightly different pixels. In a checkout run `npm ci`, which builds it.',
};

async function examineJobs(jobs: readonly Job[], app: App, shell: Shell): Promise<Finding[]> {
  const findings: Finding[] = [];
  const once = async (subject: string, work: () => Promise<string>) => {
    if (!findings.some((finding) => finding.subject === subject)) {
      findings.push(await look(subject, work));
    }
  };
  for (const job of jobs) {
    await once(`source ${job.source}`, () => lookAtSource(job.source, app, shell));
    await once(`model ${job.model}`, () => lookAtModel(job.model, app, shell));
    await once(`regions ${job.regions}`, () => lookAtRegions(job.regions, app));
  }
  return findings;
}

async function look(subject: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { subject, well: true, text: await work() };
  } catch (error) {
    return { subject, well: false, text: messageOf(error) };
  }
}

async function lookAtDatabase({ database, databaseName }: App): Promise<string> {
  const pending = await listPendingMigrations(database);
  if (pending.length > 0) {
    throw new Error(
      `${databaseName}: ${pending.length} migrations are missing; run \`nightjar migrate\``,
    );
  }
  const { rows } = await database.query<{ server_version: string }>('show server_version');
  const { rows: reader } = await database.query<{ ready: boolean }>(sql('has-reader'));
  const dashboards = reader[0]?.ready
    ? ''
    : ', but without the role nightjar_reader: run `nightjar migrate`';
  return `${databaseName}, PostgreSQL ${rows[0]?.server_version}, migrated${dashboards}`;
}

async function lookAtSource(name: string, { config }: App, shell: Shell): Promise<string> {
  const source = await openPhotoSource(name, config, shell.cwd);
  try {
    for await (const page of source.list()) {
      const first = page[0];
      if (!first) continue;
      const bytes = await source.fetch(first);
      return `listed, and fetched ${first.key} (${formatBytes(bytes.length)})`;
    }
    return 'listed; there are no photos in it';
  } finally {
    source.close();
  }
}

async function lookAtModel(ref: string, app: App, shell: Shell): Promise<string> {
  const { version, classifier } = await openModel(ref, app, shell);
  await classifier.close();
  return `${version.name}@${version.version}, ${version.labels.length} labels, answers a trial picture`;
}

async function lookAtRegions(ref: string, { database }: App): Promise<string> {
  const snapshots = postgresRegionSnapshots(database);
  const snapshot = await resolveSnapshot(snapshots, ref);
  if (!snapshot) return 'none: the picture alone decides';
  const record = (await snapshots.list()).find(({ id }) => id === snapshot.id);
  return `${snapshot.name}@${snapshot.version}, ${record?.taxa} taxa in ${record?.cells} cells`;
}

async function lookAtDisk(home: string, minFreeDiskBytes: number): Promise<string> {
  await mkdir(home, { recursive: true });
  const { bavail, bsize } = await statfs(home);
  const free = `${formatBytes(bavail * bsize)} free at ${home}`;
  if (bavail * bsize >= minFreeDiskBytes) return free;
  throw new Error(
    `${free}, expected at least ${formatBytes(minFreeDiskBytes)} (minFreeDiskBytes): make room, or point NIGHTJAR_HOME elsewhere`,
  );
}
