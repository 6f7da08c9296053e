import { messageOf } from '../domain/errors.ts';
import type { InterruptedRun, QueuedRun, RunLedger } from '../ledger.ts';
import type { Log } from '../ports.ts';
import type { Job } from './job.ts';

/** How often is looked for queued runs that no tick of this process told about. */
const POLL_MS = 5000;
/** How often is looked for runs whose process is gone, and how soon one run is started again. */
const RECOVERY_MS = 60_000;
/** How often this process starts one run; what it then leaves pending is the next tick's. */
const MAX_STARTS = 3;
/** How often anybody may have gone on with it: a supervisor does so for each death by a photo. */
const MAX_ATTEMPTS = 50;

/** What dispatching works with. */
export interface DispatchContext {
  readonly ledger: Pick<RunLedger, 'listQueued' | 'listInterrupted'>;
  readonly log: Log;
  /** The jobs of this process, by name, as they are now. */
  readonly listJobs: () => ReadonlyMap<string, Pick<Job, 'catchupWindow'>>;
  /** Works a run, in a process of its own, and resolves when that has ended, however it did. */
  readonly execute: (run: QueuedRun) => Promise<void>;
  readonly signal: AbortSignal;
  /** Told, now and again, of a crashed run that is not gone on with any more. */
  readonly onGivenUp?: (run: InterruptedRun) => void;
}

/**
 * Starts every run that waits, one for each job at a time, until the signal: queued ones; crashed ones
 * whose process is gone; and, at first, those that stopped, as a reboot stops them. A photo that takes
 * its process down takes down that run, not the schedule.
 */
export class Dispatcher {
  readonly #context: DispatchContext;
  readonly #underWay = new Map<string, Promise<void>>();
  /** When this process started which run: its process may end before it comes to count itself. */
  readonly #starts = new Map<string, Date[]>();
  #lastRecovery: Date | null = null;
  #wakeUp = (): void => {};

  constructor(context: DispatchContext) {
    this.#context = context;
  }

  /** Ends the wait until the next look. */
  readonly wake = (): void => this.#wakeUp();

  /** Dispatches until the signal. Never throws. */
  async work(): Promise<void> {
    const { signal, log } = this.#context;
    signal.addEventListener('abort', this.wake);
    while (!signal.aborted) {
      const woken = this.#sleep();
      try {
        await this.look(new Date());
      } catch (error) {
        log.error('cannot look for queued runs', { error: messageOf(error) });
      }
      await woken;
    }
    signal.removeEventListener('abort', this.wake);
  }

  /** Waits for the runs under way; `execute` is what tells them of the signal. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** Starts what waits now. */
  async look(now: Date): Promise<void> {
    const { ledger, listJobs, signal } = this.#context;
    const waiting: QueuedRun[] = await ledger.listQueued();
    if (!this.#lastRecovery || now.getTime() - this.#lastRecovery.getTime() >= RECOVERY_MS) {
      const interrupted = await ledger.listInterrupted();
      for (const run of interrupted) {
        if (this.#isWorthwhile(run, now)) waiting.push(run);
        else if (run.status === 'crashed') this.#context.onGivenUp?.(run);
      }
      this.#lastRecovery = now;
    }
    for (const run of waiting) {
      if (signal.aborted || this.#underWay.has(run.job) || !listJobs().has(run.job)) continue;
      if (!this.#hasJustStarted(run, now)) this.#start(run, now);
    }
  }

  /** A run that does not come to take itself in hand, for a broken setting say, is no reason to hurry. */
  #hasJustStarted({ runId }: QueuedRun, now: Date): boolean {
    const last = this.#starts.get(runId)?.at(-1);
    return last !== undefined && now.getTime() - last.getTime() < RECOVERY_MS;
  }

  #isWorthwhile({ runId, job, logicalTime, status, attempts }: InterruptedRun, now: Date): boolean {
    const catchupWindow = this.#context.listJobs().get(job)?.catchupWindow ?? 0;
    const isFirstLook = this.#lastRecovery === null;
    return (
      (status === 'crashed' || isFirstLook) &&
      now.getTime() - logicalTime.getTime() <= catchupWindow &&
      attempts <= MAX_ATTEMPTS &&
      (this.#starts.get(runId)?.length ?? 0) < MAX_STARTS
    );
  }

  #start(run: QueuedRun, now: Date): void {
    this.#starts.set(run.runId, [...(this.#starts.get(run.runId) ?? []), now]);
    const ended = this.#context.execute(run).finally(() => this.#underWay.delete(run.job));
    this.#underWay.set(run.job, ended);
  }

  /** Until woken, or the next look is due. */
  #sleep(): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, POLL_MS);
      this.#wakeUp = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
