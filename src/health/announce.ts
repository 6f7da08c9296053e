import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { findProblems, type HealthRule } from './find-problems.ts';
import type { Health } from './health.ts';
import type { Notice, NoticeBook, Notifier } from './notices.ts';

/** What announcing needs. */
export interface Announcer {
  readonly notifier: Notifier;
  readonly book: NoticeBook;
  readonly log: Log;
}

/** A run that ended: the part of its summary that matters here. */
export interface EndedRun {
  /** Null for a dry run, of which nothing is told. */
  readonly run: string | null;
  readonly job: string;
  readonly status: string;
  /** Default `run`; only such a run pings, as a backfill says nothing about tonight. */
  readonly kind?: 'run' | 'backfill' | 'rescore';
  readonly listed: number;
  readonly predicted: number;
  readonly rejected: number;
  readonly pending: number;
  /** What is wrong with it. */
  readonly reason?: string | null;
}

/** A tick that no run was made for. */
export interface MissedTick {
  readonly job: string;
  readonly logicalTime: Date;
  /** In words, as in "… was missed: REASON". */
  readonly reason: string;
  /** The row of the tick, where there is one. */
  readonly run?: string | null;
}

/** A job that the scheduler paused after failures in a row. */
export interface PausedJob {
  readonly job: string;
  readonly failures: number;
  readonly run: string | null;
}

const FAILURE_WORDS: Readonly<Record<string, string>> = {
  failed: 'failed',
  crashed: 'crashed',
  over_error_budget: 'rejected more photos than its error budget allows',
  not_reconciled: 'did not add up: some photos are not accounted for',
};

/** To be called once a run has ended, however it ended. Never throws. */
export async function announceRunEnd(ended: EndedRun, announcer: Announcer): Promise<void> {
  const { run, job, status, kind = 'run' } = ended;
  if (run === null) return;
  await guarded(announcer, async () => {
    if (status === 'done' && kind === 'run') await announcer.notifier.ping(job);
    if (!announcer.notifier.listening) return;
    if (status === 'done' && kind === 'run') {
      await announcer.book.forget('retries_exhausted', [`job ${job}`]);
    }
    await announceFailure(ended, run, announcer);
    await announceExhausted(ended, run, announcer);
  });
}

/** To be called when a tick was skipped or found missed. Never throws. */
export async function announceMissedTick(tick: MissedTick, announcer: Announcer): Promise<void> {
  const { job, reason, run = null } = tick;
  const logicalTime = tick.logicalTime.toISOString();
  const text = `nightjar: the tick of job ${job} at ${logicalTime} was missed: ${reason}`;
  const notice = { event: 'tick_missed', job, run, status: null, text, logicalTime } as const;
  await guarded(announcer, () => tell(notice, `job ${job} at ${logicalTime}`, announcer));
}

/**
 * To be called when the scheduler pauses a job; a good run of the job lets it be told again. Never
 * throws.
 */
export async function announcePaused(paused: PausedJob, announcer: Announcer): Promise<void> {
  const { job, failures, run } = paused;
  const text = `nightjar: job ${job} is paused after ${failures} failures in a row`;
  const notice = { event: 'retries_exhausted', job, run, status: null, text, failures } as const;
  await guarded(announcer, () => tell(notice, `job ${job}`, announcer));
}

/**
 * To be called now and then: tells of each stale job once, and again after it was fresh. Never
 * throws.
 */
export async function announceStale(
  health: Health,
  rules: readonly HealthRule[],
  announcer: Announcer,
): Promise<void> {
  if (!announcer.notifier.listening) return;
  await guarded(announcer, async () => {
    const stale = findProblems(health, rules).filter(({ kind }) => kind === 'stale');
    const fresh = rules.filter(({ name }) => !stale.some(({ job }) => job === name));
    await announcer.book.forget(
      'data_stale',
      fresh.map(({ name }) => `job ${name}`),
    );
    for (const { job, text } of stale) {
      const notice = { event: 'data_stale', job, run: null, status: null, text } as const;
      await tell({ ...notice, text: `nightjar: ${text}` }, `job ${job}`, announcer);
    }
  });
}

async function announceFailure(ended: EndedRun, run: string, announcer: Announcer): Promise<void> {
  const { job, status, kind = 'run', listed, predicted, rejected, pending, reason = null } = ended;
  const words = FAILURE_WORDS[status];
  if (words === undefined) return;
  const text = `nightjar: ${kind} ${run} of job ${job} ${words}${reason ? `: ${reason}` : ''}`;
  const figures = { kind, listed, predicted, rejected, pending, reason };
  await tell({ event: 'run_failed', job, run, status, text, ...figures }, `run ${run}`, announcer);
}

async function announceExhausted(
  { job, status }: EndedRun,
  run: string,
  announcer: Announcer,
): Promise<void> {
  const photos = await announcer.book.countExhausted(run);
  if (photos === 0) return;
  const text =
    `nightjar: run ${run} of job ${job} gave up ${photos} photo${photos === 1 ? '' : 's'} ` +
    'after the last attempt; see nightjar status';
  await tell(
    { event: 'retries_exhausted', job, run, status, text, photos },
    `run ${run}`,
    announcer,
  );
}

/** Tells what nobody has told. What did not arrive is forgotten, so that the next occasion tells it. */
async function tell(
  notice: Notice,
  subject: string,
  { notifier, book, log }: Announcer,
): Promise<void> {
  if (!notifier.listening) return;
  // A database that is away may be the very news: better told twice than never.
  const mine = await book.claim(notice.event, subject).catch((error: unknown) => {
    log.warn('cannot note what was told', { error: messageOf(error) });
    return true;
  });
  if (!mine || (await notifier.notify(notice))) return;
  await book.forget(notice.event, [subject]);
}

/** News must never cost the run they are about. */
async function guarded({ log }: Announcer, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('cannot announce', { error: messageOf(error) });
  }
}
