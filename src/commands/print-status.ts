import type { Problem } from '../health/find-problems.ts';
import type { Health, JobHealth, QueuedWork, RejectCount, SourceHealth } from '../health/health.ts';
import { formatTable } from './table.ts';

/** A run as it is listed. */
export interface RunRow {
  readonly run: number;
  readonly job: string;
  readonly kind: string;
  readonly status: string;
  readonly skipReason: string | null;
  readonly trigger: string;
  readonly logicalTime: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly regions: string | null;
  readonly model: string | null;
  readonly listed: number | null;
  readonly alreadyDone: number | null;
  readonly planned: number | null;
  readonly predicted: number | null;
  readonly rejected: number | null;
  readonly pending: number | null;
  readonly seconds: number | null;
  readonly photosPerSecond: number | null;
  readonly error: string | null;
}

/** All that `status` says; its JSON. */
export interface Status extends Health {
  readonly problems: readonly Problem[];
  readonly runs: readonly RunRow[];
}

/** The status for people: a page of 80 columns; times are UTC. */
export function formatStatus(status: Status): string {
  if (status.runs.length === 0) return 'No runs yet. Start one with: nightjar run';
  const { takenAt } = status;
  return [
    ...formatProblems(status.problems),
    formatJobs(status.jobs, takenAt),
    formatSources(status.sources, takenAt),
    ...(status.queue.length > 0 ? [status.queue.map(formatQueued).join('\n')] : []),
    formatRate(status),
    ...(status.rejects.length > 0 ? [formatRejects(status.rejects)] : []),
    formatRuns(status.runs, takenAt),
  ].join('\n\n');
}

function formatProblems(problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  return [['Needs attention:', ...problems.map(({ text }) => `  ${wrap(text, 76)}`)].join('\n')];
}

function formatJobs(jobs: readonly JobHealth[], now: Date): string {
  return formatTable(
    [
      { heading: 'job' },
      { heading: 'last good window' },
      { heading: 'latest run' },
      { heading: 'failures' },
      { heading: 'skipped in 7 days' },
    ],
    jobs.map((job) => [
      shorten(job.job, 12),
      formatWindow(job, now),
      job.latestRun && `${job.latestRun.run} ${formatWord(job.latestRun.status)}`,
      `${job.consecutiveFailures}${job.paused ? ', paused' : ''}`,
      formatSkips(job.skippedTicks),
    ]),
  );
}

/** Where no tick was ever noted, the last good run by hand or by somebody else's clock. */
function formatWindow({ ticked, lastGoodWindow, lastGoodRun }: JobHealth, now: Date) {
  if (ticked || !lastGoodRun) {
    return lastGoodWindow && formatTime(lastGoodWindow.logicalTime, now);
  }
  return `by hand, ${lastGoodRun.logicalTime.toISOString().slice(5, 10)}`;
}

function formatSkips(ticks: JobHealth['skippedTicks']): string {
  const reasons = Object.entries(ticks).map(([reason, n]) => `${n.toLocaleString('en')} ${reason}`);
  return reasons.join(', ') || 'none';
}

function formatSources(sources: readonly SourceHealth[], now: Date): string {
  return formatTable(
    [
      { heading: 'photos', numeric: true },
      { heading: 'pending', numeric: true },
      { heading: 'oldest pending' },
      { heading: 'model' },
      { heading: 'source' },
    ],
    sources.map(({ photos, pending, oldestPendingAt, model, source }) => [
      photos && formatCount(photos),
      formatCount(pending),
      formatAge(oldestPendingAt, now),
      shorten(model, 14),
      shortenMiddle(source, 28),
    ]),
  );
}

function formatQueued({ run, job, kind, status, ...work }: QueuedWork): string {
  const count = (n: number) => n.toLocaleString('en');
  if (status === 'queued') return `${kind} ${run} of ${job} waits to start`;
  const share = work.planned > 0 ? ` (${Math.floor((100 * work.done) / work.planned)}%)` : '';
  return [
    `${kind} ${run} of ${job}: ${count(work.done)} of ${count(work.planned)} photos done${share}`,
    `  ${count(work.waiting)} shards waiting, ${count(work.active)} in hand`,
    ...work.workers.map(
      ({ host, pid, shards }) => `  ${shards} in the hands of ${host}, process ${pid}`,
    ),
  ].join('\n');
}

function formatRate({ rate }: Status): string {
  const { photosPerSecond, lastRun, lastRunPhotosPerSecond } = rate;
  const now = `${formatRateOf(photosPerSecond)} in the last 5 minutes`;
  if (lastRun === null || lastRunPhotosPerSecond === null) return now;
  return `${now}; ${formatRateOf(lastRunPhotosPerSecond)} in run ${lastRun}`;
}

function formatRateOf(photosPerSecond: number): string {
  const digits = photosPerSecond < 10 ? 1 : 0;
  return `${photosPerSecond.toLocaleString('en', { maximumFractionDigits: digits })} photos/s`;
}

function formatRejects(rejects: readonly RejectCount[]): string {
  const reasons = new Map<
    string,
    { code: string; final: boolean; photos: number; example: string }
  >();
  for (const { code, final, photos, example } of rejects) {
    const key = `${code} ${final}`;
    const before = reasons.get(key)?.photos ?? 0;
    reasons.set(key, { code, final, example, ...reasons.get(key), photos: before + photos });
  }
  return formatTable(
    [
      { heading: 'rejects', numeric: true },
      { heading: 'code' },
      { heading: 'final' },
      { heading: 'for example' },
    ],
    [...reasons.values()]
      .sort((a, b) => b.photos - a.photos)
      .map(({ photos, code, final, example }) => [
        photos,
        code,
        final ? 'yes' : 'no',
        shorten(example, 40),
      ]),
  );
}

function formatRuns(runs: readonly RunRow[], now: Date): string {
  const table = formatTable(
    [
      { heading: 'run', numeric: true },
      { heading: 'job' },
      { heading: 'status' },
      { heading: 'started' },
      ...['listed', 'predicted', 'rejected'].map((heading) => ({ heading, numeric: true })),
    ],
    runs.map((run) => [
      String(run.run),
      shorten(run.kind === 'run' ? run.job : `${run.job} ${run.kind}`, 16),
      formatWord(run.status),
      run.startedAt && formatTime(run.startedAt, now),
      ...[run.listed, run.predicted, run.rejected].map((n) => n && formatCount(n)),
    ]),
  );
  const errors = runs.flatMap(({ run, error }) => (error ? [`run ${run}: ${error}`] : []));
  return [table, ...errors].join('\n');
}

/** Words for a narrow column. */
function formatWord(status: string): string {
  const words: Record<string, string> = {
    over_error_budget: 'over budget',
    not_reconciled: 'unreconciled',
  };
  return words[status] ?? status;
}

/** `999,999`, `1.2M`: seven characters at most. */
function formatCount(n: number): string {
  const notation = n < 1_000_000 ? 'standard' : 'compact';
  return n.toLocaleString('en', { notation, maximumFractionDigits: 1 });
}

/** `9 h ago`. */
function formatAge(time: Date | null, now: Date): string | null {
  if (!time) return null;
  const minutes = Math.max(0, Math.round((now.getTime() - time.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min ago`;
  if (minutes < 2880) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1440).toLocaleString('en')} d ago`;
}

/** `11-21 02:00`; of another year `2025-11-21`. */
function formatTime(time: Date, now: Date): string {
  const text = time.toISOString();
  return time.getUTCFullYear() === now.getUTCFullYear()
    ? text.slice(5, 16).replace('T', ' ')
    : text.slice(0, 10);
}

/**
 * In lines of at most so many characters, unless a word is longer; the second and later ones
 * indented.
 */
function wrap(text: string, length: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= length) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n    ');
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Of a URL both ends matter: the scheme and bucket, and the last folder. */
function shortenMiddle(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.floor((length - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}
