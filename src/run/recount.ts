import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import type { OpenedRun } from './open-run.ts';

const MIN_PAUSE_MS = 60_000;
/** So many times as long as a count took, nothing is counted: at most 2% of the time goes there. */
const PAUSE_FACTOR = 50;

/**
 * Brings the counts by day up to date while a run is under way, so that a dashboard sees a long one
 * grow.
 *
 * @returns stops it, and waits for a count under way
 */
export function startRecounting(opened: OpenedRun, log: Log): () => Promise<void> {
  const ended = new AbortController();
  const counting = (async () => {
    let pause = MIN_PAUSE_MS;
    while (await elapses(pause, ended.signal)) {
      const start = Date.now();
      await recount(opened, log);
      pause = Math.max(MIN_PAUSE_MS, (Date.now() - start) * PAUSE_FACTOR);
    }
  })();
  return async () => {
    ended.abort();
    await counting;
  };
}

/** Counts, or says that it could not: the next run's count makes up for it. */
export async function recount({ adapters }: OpenedRun, log: Pick<Log, 'warn'>): Promise<void> {
  await adapters.ledger.recount().catch((error: unknown) => {
    log.warn('cannot count the days', { error: messageOf(error) });
  });
}

/** Whether the time elapsed before the signal came. */
function elapses(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: false }).catch(() => false);
}
