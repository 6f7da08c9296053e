import type { Command } from 'commander';
import { sweepCrashedRuns } from '../adapters/postgres-crashed-runs.ts';
import { type Database, sql } from '../adapters/postgres-database.ts';
import { withApp } from './open-app.ts';
import type { Shell } from './shell.ts';
import { formatTable } from './table.ts';

interface RunRow {
  run: number;
  job: string;
  status: string;
  startedAt: Date | null;
  listed: number | null;
  alreadyDone: number | null;
  predicted: number | null;
  rejected: number | null;
  pending: number | null;
  seconds: number | null;
  error: string | null;
}

interface RejectRow {
  source: string;
  model: string;
  stage: string;
  code: string;
  final: boolean;
  photos: number;
  example: string;
}

interface FreshnessRow {
  source: string;
  photos: number;
  predicted: number;
  newestPhotoAt: Date;
  lastPredictedAt: Date | null;
}

interface Status {
  readonly runs: readonly RunRow[];
  /** Shards that wait or are being worked, by run. */
  readonly queue: readonly { run: number; waiting: number; active: number }[];
  readonly sources: readonly FreshnessRow[];
  readonly rejects: readonly RejectRow[];
}

/** `nightjar status`: runs, queue, freshness, rejects. */
export function addStatusCommand(program: Command, shell: Shell): void {
  program
    .command('status')
    .description('runs, queue, freshness and rejects')
    .option('--runs <n>', 'how many of the last runs', Number, 10)
    .option('--json', 'as JSON')
    .action((flags: { runs: number; json?: boolean }) =>
      withApp(shell, { reserveOutput: true }, async ({ database }) => {
        await sweepCrashedRuns(database); // so that no dead run is shown as running
        const status = await readStatus(database, flags.runs);
        shell.print(flags.json ? JSON.stringify(status) : formatStatus(status));
      }),
    );
}

async function readStatus(database: Database, runs: number): Promise<Status> {
  const rows = async <R extends object>(name: string, values?: unknown[]) =>
    (await database.query<R & Record<string, unknown>>(sql(name), values)).rows;
  return {
    runs: await rows<RunRow>('list-runs', [runs]),
    queue: await rows('list-queue'),
    sources: await rows<FreshnessRow>('list-freshness'),
    rejects: await rows<RejectRow>('list-reject-summary'),
  };
}

function formatStatus({ runs, queue, sources, rejects }: Status): string {
  if (runs.length === 0) return 'No runs yet. Start one with: nightjar run';
  const sections = [
    formatTable(
      [
        { heading: 'run', numeric: true },
        { heading: 'job' },
        { heading: 'status' },
        { heading: 'started' },
        ...['listed', 'before', 'predicted', 'rejected', 'pending', 'seconds'].map((heading) => ({
          heading,
          numeric: true,
        })),
      ],
      runs.map((run) => [
        String(run.run),
        run.job,
        run.status,
        run.startedAt,
        run.listed,
        run.alreadyDone,
        run.predicted,
        run.rejected,
        run.pending,
        run.seconds === null ? null : Math.round(run.seconds * 10) / 10,
      ]),
    ),
    ...runs.filter(({ error }) => error).map(({ run, error }) => `run ${run}: ${error}`),
    '',
    formatTable(
      [
        { heading: 'photos', numeric: true },
        { heading: 'predicted', numeric: true },
        { heading: 'last predicted' },
        { heading: 'source' },
      ],
      sources.map((s) => [s.photos, s.predicted, s.lastPredictedAt, s.source]),
    ),
  ];
  for (const { run, waiting, active } of queue) {
    sections.push('', `run ${run}: ${waiting} shards waiting, ${active} being worked`);
  }
  if (rejects.length > 0) sections.push('', formatRejects(rejects));
  return sections.join('\n');
}

/** Cut to what a line of a terminal holds beside the other columns. */
function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function formatRejects(rejects: readonly RejectRow[]): string {
  return formatTable(
    [
      { heading: 'rejects', numeric: true },
      { heading: 'code' },
      { heading: 'final' },
      { heading: 'for example' },
    ],
    rejects.map((r) => [r.photos, r.code, r.final ? 'yes' : 'no', shorten(r.example)]),
  );
}
