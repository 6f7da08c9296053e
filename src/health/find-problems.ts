import type { Health, JobHealth } from './health.ts';

/** What the health of a job is judged by. */
export interface HealthRule {
  readonly name: string;
  /** Milliseconds; null: the job is never stale. */
  readonly staleAfter: number | null;
  /** Cron fields; null: only run by hand, or by somebody else's clock. */
  readonly schedule: string | null;
}

/** Something that needs attention. */
export interface Problem {
  readonly job: string;
  readonly kind: 'stale' | 'paused' | 'failing' | 'over_error_budget' | 'stopped';
  /** One line for people. */
  readonly text: string;
}

const FAILURES = ['failed', 'crashed', 'not_reconciled'];
/** Runs that a daemon goes on with. */
const SCHEDULED = ['schedule', 'catchup'];

/**
 * What needs attention, a line each.
 *
 * @param rules the jobs there are: others, which had runs once, are left alone
 */
export function findProblems(health: Health, rules: readonly HealthRule[]): Problem[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  return health.jobs.flatMap((job) => {
    const rule = byName.get(job.job);
    return rule
      ? [
          ...findStale(health, job, rule),
          ...findPaused(job),
          ...findFailing(job),
          ...findStopped(job),
        ]
      : [];
  });
}

/**
 * A job is stale when, for longer than `staleAfter`,
 * 1. a photo has been waiting for the version the job asks for. It waits from the moment it was
 *    first listed, or the version was promoted, whichever is later: a photo of 2019 that was
 *    uploaded this morning is not late, nor is an archive for a model promoted today;
 * 2. or no tick's run has ended well, counted from the tick. It notices what 1 cannot: a daemon
 *    that stands still lists nothing. Where no tick was ever noted, as cron calls `run`, any good
 *    run counts.
 */
function findStale(
  health: Health,
  job: JobHealth,
  { staleAfter, schedule }: HealthRule,
): Problem[] {
  if (staleAfter === null) return [];
  const isOld = (time: Date) => health.takenAt.getTime() - time.getTime() > staleAfter;
  const problems: Problem[] = [];
  const add = (text: string) => {
    problems.push({ job: job.job, kind: 'stale', text: `${job.job} is stale: ${text}` });
  };
  for (const { jobs, pending, pendingSince, oldestPendingAt, model } of health.sources) {
    if (!jobs.includes(job.job) || !pendingSince || !isOld(pendingSince)) continue;
    const oldest = oldestPendingAt ? `, the oldest is of ${toMinute(oldestPendingAt)}` : '';
    add(
      `${count(pending, 'photo')} pending for ${model}, waiting since ${toMinute(pendingSince)}${oldest}`,
    );
  }
  const byTick = job.ticked && schedule !== null;
  const good = byTick ? job.lastGoodWindow : job.lastGoodRun;
  const what = byTick ? 'tick' : 'run'; // runs by hand may well have been good since
  if (!good && isOld(job.firstRunAt)) {
    add(`no good ${what} since its first run, of ${toMinute(job.firstRunAt)}`);
  } else if (good && isOld(good.logicalTime)) {
    add(`the last good ${what} was that of ${toMinute(good.logicalTime)}, run ${good.run}`);
  }
  return problems;
}

function findPaused({ job, paused, consecutiveFailures }: JobHealth): Problem[] {
  if (!paused) return [];
  const text = `${job} is paused after ${count(consecutiveFailures, 'failure')} in a row`;
  return [{ job, kind: 'paused', text }];
}

function findFailing({ job, latestRun, consecutiveFailures }: JobHealth): Problem[] {
  if (!latestRun) return [];
  const { run, status, error, rejected } = latestRun;
  if (status === 'over_error_budget') {
    const text = `${job}: run ${run} went over its error budget, ${count(rejected ?? 0, 'photo')} rejected for good`;
    return [{ job, kind: 'over_error_budget', text }];
  }
  if (!FAILURES.includes(status)) return [];
  const times = consecutiveFailures > 1 ? `, failure ${consecutiveFailures} in a row` : '';
  const reason = error ? `: ${error.split('\n')[0]}` : '';
  const remedy = status === 'crashed' ? `. To go on with it: nightjar resume ${run}` : '';
  return [
    {
      job,
      kind: 'failing',
      text: `${job}: run ${run} ended as ${status}${times}${reason}${remedy}`,
    },
  ];
}

/** Somebody wanted it to stop, so that nobody is called; but what it left waits. */
function findStopped({ job, latestRun }: JobHealth): Problem[] {
  const pending = latestRun?.pending ?? 0;
  if (latestRun?.status !== 'stopped' || pending === 0) return [];
  const { run, trigger } = latestRun;
  const daemon = SCHEDULED.includes(trigger) ? '; the daemon does so when it starts' : '';
  const text = `${job}: run ${run} was stopped with ${count(pending, 'photo')} pending. To go on with it: nightjar resume ${run}${daemon}`;
  return [{ job, kind: 'stopped', text }];
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** `2026-11-21 02:00Z`. */
function toMinute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
