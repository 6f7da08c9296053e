import type {
  EndedRunFigures,
  GoodRun,
  Health,
  JobHealth,
  QueuedWork,
  Rate,
  RejectCount,
  SourceHealth,
} from '../health/health.ts';
import { type Database, type Queryable, sql } from './postgres-database.ts';
import { planInOrder } from './postgres-watermarks.ts';

/** How far back skipped ticks are counted. */
const SKIPS_WINDOW = '7 days';
const RATE_WINDOW_SECONDS = 300;

/** What is asked of a source before its pending photos are counted. */
interface Watched
  extends Pick<SourceHealth, 'source' | 'model' | 'jobs' | 'photos' | 'lastPredictedAt'> {
  readonly modelVersionId: number;
  readonly wantedSince: Date;
  readonly watermark: string;
}

interface Pending {
  readonly pending: number;
  readonly oldestPendingAt: Date | null;
  readonly pendingSince: Date | null;
}

type Retries = Pending & { readonly source: string; readonly modelVersionId: number };
type Reject = RejectCount & { readonly recent: number };

/**
 * Reads how the pipeline does, all of one moment. It costs what is pending, under way and rejected,
 * never what is done: neither `photos` nor `predictions` is read from end to end.
 */
export async function readHealth(database: Database): Promise<Health> {
  return database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read read only');
    // Plans over large tables look dear enough to be compiled, which costs more than running them.
    await client.query('set local jit = off');
    const ask = async <R extends object>(name: string, values?: unknown[]) =>
      (await client.query<R & Record<string, unknown>>(sql(name), values)).rows;
    const rejects = await ask<Reject>('list-reject-counts', [`${RATE_WINDOW_SECONDS} s`]);
    const { rows } = await client.query<{ now: Date }>('select now() as now');
    const takenAt = rows[0]?.now ?? new Date();
    const jobs = (await ask<JobHealth>('list-job-health', [SKIPS_WINDOW])).map(toJobHealth);
    const queue = await ask<QueuedWork>('list-queue');
    const rate = await readRate(client, rejects);
    const sources = await readSources(client, rejects);
    return { takenAt, jobs, sources, queue, rejects: rejects.map(withoutRecent), rate };
  });
}

async function readSources(client: Queryable, rejects: readonly Reject[]): Promise<SourceHealth[]> {
  const { rows: watched } = await client.query<Watched & Record<string, unknown>>(
    sql('list-watched'),
  );
  const { rows: retries } = await client.query<Retries>(sql('list-retries'));
  const sources: SourceHealth[] = [];
  await planInOrder(client);
  for (const { modelVersionId, wantedSince, watermark, ...source } of watched) {
    const { rows } = await client.query<Pending & Record<string, unknown>>(sql('count-pending'), [
      source.source,
      modelVersionId,
      watermark,
      wantedSince,
    ]);
    const retried = retries.find(
      (other) => other.source === source.source && other.modelVersionId === modelVersionId,
    );
    const pending = add(rows[0], retried, wantedSince);
    const rejected = rejects
      .filter(({ final, ...r }) => final && r.source === source.source && r.model === source.model)
      .reduce((sum, { photos }) => sum + photos, 0);
    const { photos } = source;
    const predicted = photos === null ? null : Math.max(0, photos - pending.pending - rejected);
    sources.push({ ...source, photos, predicted, ...pending });
  }
  return sources;
}

/** What is pending above the watermark and, as their rejects are not final, below it. */
function add(above: Pending | undefined, below: Pending | undefined, wantedSince: Date): Pending {
  const since = below?.pendingSince && latest(below.pendingSince, wantedSince);
  return {
    pending: (above?.pending ?? 0) + (below?.pending ?? 0),
    oldestPendingAt: earliest(above?.oldestPendingAt, below?.oldestPendingAt),
    pendingSince: earliest(above?.pendingSince, since),
  };
}

const withoutRecent = ({ recent, ...reject }: Reject): RejectCount => reject;

const latest = (a: Date, b: Date): Date => (a > b ? a : b);

function earliest(a: Date | null | undefined, b: Date | null | undefined): Date | null {
  if (a && b) return a < b ? a : b;
  return a ?? b ?? null;
}

async function readRate(client: Queryable, rejects: readonly Reject[]): Promise<Rate> {
  const { rows } = await client.query<{
    predicted: number;
    run: number | null;
    lastRunPhotosPerSecond: number | null;
  }>(sql('read-rate'), [`${RATE_WINDOW_SECONDS} s`]);
  const { predicted = 0, run = null, lastRunPhotosPerSecond = null } = rows[0] ?? {};
  const outcomes = rejects.reduce((sum, { recent }) => sum + recent, predicted);
  return { photosPerSecond: outcomes / RATE_WINDOW_SECONDS, lastRun: run, lastRunPhotosPerSecond };
}

/** Times inside a row's JSON arrive as text. */
function toJobHealth(row: JobHealth): JobHealth {
  return {
    ...row,
    lastGoodWindow: withTimes<GoodRun>(row.lastGoodWindow),
    lastGoodRun: withTimes<GoodRun>(row.lastGoodRun),
    latestRun: withTimes<EndedRunFigures>(row.latestRun),
  };
}

function withTimes<R extends GoodRun>(run: R | null): R | null {
  if (!run) return null;
  const { logicalTime, finishedAt } = run;
  return {
    ...run,
    logicalTime: new Date(logicalTime),
    finishedAt: finishedAt && new Date(finishedAt),
  };
}
