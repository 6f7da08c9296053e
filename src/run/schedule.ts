import { type Logger, schedule as scheduleCron } from 'node-cron';
import { messageOf } from '../domain/errors.ts';
import type { RunLedger, SubmittedRun } from '../ledger.ts';
import type { Log } from '../ports.ts';
import { lastTick } from './cron-ticks.ts';
import type { Job } from './job.ts';

/** A tick that is later than this has been missed, and is caught up. */
const LATE_MS = 2 * 60_000;
/** The minute itself may come late by this much: the default of a second drops those of a busy machine. */
const MINUTE_TOLERANCE_MS = 60_000;

/** A job that has a schedule. */
export type ScheduledJob = Job & { readonly schedule: string };

/** What the schedule works with. */
export interface ScheduleContext {
  readonly ledger: Pick<RunLedger, 'submit' | 'findLastTick'>;
  readonly log: Log;
  /** The jobs as they are now; asked every minute. Does not throw. */
  readonly listJobs: () => readonly ScheduledJob[];
  /** Called after a tick has inserted its row. */
  readonly onTick?: () => void;
  /**
   * Called by the process that finds that a job missed a tick: caught up by a run, or too old for
   * that. Several schedulers may call it for a tick that is too old, and each again after its start.
   */
  readonly onMissed?: (job: string, logicalTime: Date, caughtUp: boolean) => void;
  /** Called at the first tick that is skipped because the runs before it failed. */
  readonly onPaused?: (job: string) => void;
}

/** The jobs that have a schedule. */
export function listScheduled(jobs: Iterable<Job>): ScheduledJob[] {
  return [...jobs].filter((job): job is ScheduledJob => job.schedule !== null);
}

/**
 * Looks every minute, and at once, which jobs have a tick that is due. A tick inserts the run's row
 * and nothing else; whether it is queued or skipped, the job's rules decide in the database.
 *
 * @returns stops the looking
 */
export function startSchedule(context: ScheduleContext): () => Promise<void> {
  const schedule = new Schedule(context);
  let looking = schedule.look(new Date());
  const minutes = scheduleCron(
    '* * * * *',
    () => {
      // One look at a time: while the database is away a look takes longer than a minute.
      looking = looking.then(() => schedule.look(new Date()));
      return looking;
    },
    {
      timezone: 'UTC',
      noOverlap: true,
      missedExecutionTolerance: MINUTE_TOLERANCE_MS,
      logger: adaptLog(context.log),
    },
  );
  return async () => {
    await minutes.destroy();
    await looking;
  };
}

/**
 * What one scheduler knows. The database knows which ticks have a row; kept here is only up to when a
 * job's ticks are known to be seen to, so that an ordinary minute asks the database nothing.
 */
export class Schedule {
  readonly #context: ScheduleContext;
  readonly #seenTo = new Map<string, Date>();
  readonly #knownSince = new Map<string, Date>();

  constructor(context: ScheduleContext) {
    this.#context = context;
  }

  /** Inserts the row of each job's due tick. A fault is told, and the next look makes up for it. */
  async look(now: Date): Promise<void> {
    const { listJobs, log } = this.#context;
    await Promise.all(
      listJobs().map((job) =>
        this.#lookAt(job, now).catch((error: unknown) => {
          log.error('tick failed, trying again', { job: job.name, error: messageOf(error) });
        }),
      ),
    );
  }

  /**
   * However many ticks a job missed, its last one stands for them all: photos that are pending are
   * pending for any run. A job that never ticked has missed nothing before this process knew it.
   */
  async #lookAt(job: ScheduledJob, now: Date): Promise<void> {
    const { ledger, log, onMissed } = this.#context;
    if (!this.#knownSince.has(job.name)) this.#knownSince.set(job.name, now);
    const due = lastTick(job, await this.#findSeenTo(job, now), now);
    if (!due) return;
    const lateMs = now.getTime() - due.getTime();
    if (lateMs <= LATE_MS) {
      await this.#tick(job, due, 'schedule');
    } else if (isAtOrAfter(await ledger.findLastTick(job.name), due)) {
      log.debug('another scheduler has seen to the tick', { job: job.name, logicalTime: due });
    } else if (lateMs <= job.catchupWindow) {
      const { created, status } = await this.#tick(job, due, 'catchup');
      if (created && status === 'queued') onMissed?.(job.name, due, true);
    } else {
      const catchupWindowHours = job.catchupWindow / 3_600_000;
      log.warn('tick missed', { job: job.name, logicalTime: due, catchupWindowHours });
      onMissed?.(job.name, due, false);
    }
    this.#seenTo.set(job.name, due);
  }

  /** Up to when the job's ticks are seen to; never in the future, whatever a clock once said. */
  async #findSeenTo({ name }: ScheduledJob, now: Date): Promise<Date> {
    const known =
      this.#seenTo.get(name) ??
      (await this.#context.ledger.findLastTick(name)) ??
      this.#knownSince.get(name) ??
      now;
    const seenTo = known > now ? now : known;
    this.#seenTo.set(name, seenTo);
    return seenTo;
  }

  async #tick(
    job: ScheduledJob,
    logicalTime: Date,
    trigger: 'schedule' | 'catchup',
  ): Promise<SubmittedRun> {
    const { ledger, log, onTick, onPaused } = this.#context;
    const { name, overlap, pauseAfterFailures } = job;
    const run = await ledger.submit({
      job: name,
      kind: 'run',
      logicalTime,
      trigger,
      overlap,
      pauseAfterFailures,
    });
    const { runId, status, skipReason } = run;
    log.info('tick', { job: name, logicalTime, trigger, run: runId, status, skipReason });
    if (run.created && skipReason === 'paused') {
      log.error('job paused: its last runs failed. A run that ends well lifts the pause', {
        job: name,
        pauseAfterFailures,
        remedy: `nightjar run --job ${name}`,
      });
    }
    if (run.beginsPause) onPaused?.(name);
    onTick?.();
    return run;
  }
}

function isAtOrAfter(last: Date | null, tick: Date): boolean {
  return last !== null && last >= tick;
}

/** The log as node-cron calls it: with an error in the place of the message at times. */
function adaptLog(log: Log): Logger {
  return {
    info: (message) => log.debug(message),
    warn: (message) => log.debug(message),
    error: (message, error) => log.error(messageOf(message), { error: error && messageOf(error) }),
    debug: (message) => log.debug(messageOf(message)),
  };
}
