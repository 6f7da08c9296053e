import { CronExpressionParser } from 'cron-parser';
import { type Logger, schedule as scheduleCron } from 'node-cron';
import { messageOf } from '../domain/errors.ts';
import type { RunLedger } from '../ledger.ts';
import type { Log } from '../ports.ts';
import type { Job } from './job.ts';

/** A tick may come late by this much and still count: the default of a second drops ticks of a busy machine. */
const TICK_TOLERANCE_MS = 60_000;

/** What the schedule works with. */
export interface ScheduleContext {
  readonly ledger: RunLedger;
  readonly log: Log;
  /** Called after a tick has inserted its row. */
  readonly onTick?: () => void;
}

/** A job that has a schedule. */
export type ScheduledJob = Job & { readonly schedule: string };

/** The jobs that have a schedule. */
export function listScheduled(jobs: Iterable<Job>): ScheduledJob[] {
  return [...jobs].filter((job): job is ScheduledJob => job.schedule !== null);
}

/**
 * Ticks every job by its cron expression, in its time zone. A tick inserts the run's row and nothing
 * else; whether it is queued or skipped, the job's overlap rule decides in the database.
 *
 * @returns stops the ticking
 */
export function startSchedule(
  jobs: readonly ScheduledJob[],
  context: ScheduleContext,
): () => Promise<void> {
  const tasks = jobs.map((job) =>
    scheduleCron(job.schedule, ({ date }) => tick(job, startOfMinute(date), 'schedule', context), {
      name: job.name,
      timezone: job.timezone,
      missedExecutionTolerance: TICK_TOLERANCE_MS,
      logger: adaptLog(context.log),
    }),
  );
  return async () => {
    await Promise.all(tasks.map((task) => task.destroy()));
  };
}

/**
 * Makes up for what a stopped daemon missed: for each job that ticked before, its most recent tick
 * since, if within the job's catch-up window. However many were missed, one run makes up for them,
 * as pending photos are pending for any run.
 */
export async function catchUp(
  jobs: readonly ScheduledJob[],
  context: ScheduleContext,
  now: Date,
): Promise<void> {
  for (const job of jobs) {
    const last = await context.ledger.findLastTick(job.name);
    const missed = findMissedTick(job, last, now);
    if (missed) await tick(job, missed, 'catchup', context);
  }
}

/** The most recent tick after the last one that has a row, within the catch-up window; or null. */
export function findMissedTick(
  job: Pick<ScheduledJob, 'schedule' | 'timezone' | 'catchupWindow'>,
  last: Date | null,
  now: Date,
): Date | null {
  if (!last) return null;
  const options = { tz: job.timezone, currentDate: now };
  const previous = CronExpressionParser.parse(job.schedule, options).prev().toDate();
  const since = Math.max(last.getTime(), now.getTime() - job.catchupWindow - 1);
  return previous.getTime() > since ? previous : null;
}

async function tick(
  job: Job,
  logicalTime: Date,
  trigger: 'schedule' | 'catchup',
  { ledger, log, onTick }: ScheduleContext,
): Promise<void> {
  try {
    const { runId, status } = await ledger.submit({
      job: job.name,
      kind: 'run',
      logicalTime,
      trigger,
      overlap: job.overlap,
    });
    log.info('tick', { job: job.name, logicalTime, run: runId, status });
    onTick?.();
  } catch (error) {
    // The next tick, or catching up at the next start, takes its place: nothing is pending less for it.
    log.error('tick failed', { job: job.name, logicalTime, error: messageOf(error) });
  }
}

/** The log as node-cron calls it: with an error in the place of the message at times. */
function adaptLog(log: Log): Logger {
  return {
    info: (message) => log.debug(message),
    warn: (message) => log.warn(message),
    error: (message, error) => log.error(messageOf(message), { error: error && messageOf(error) }),
    debug: (message) => log.debug(messageOf(message)),
  };
}

function startOfMinute(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 60_000) * 60_000);
}
