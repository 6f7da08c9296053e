import { setTimeout as sleep } from 'node:timers/promises';
import { orAborted } from '../flow/or-aborted.ts';
import type { ClaimedShard, ShardQueue } from '../ports.ts';
import type { RunContext } from './context.ts';
import type { Workbench } from './open-workbench.ts';
import { workShard } from './work-shard.ts';

/** A shard in hand, with what it is worked with. */
export interface Assignment {
  readonly shard: ClaimedShard;
  readonly bench: Workbench;
  /** Called when the work on it has ended, however it did. */
  readonly end?: () => void;
}

/** Gives the next shard to work: `wait` when there is none now, `done` when there will be none. */
export type Assign = () => Promise<Assignment | 'wait' | 'done'>;

/** What working shards needs from outside. */
export interface WorkContext extends Pick<RunContext, 'limits' | 'log' | 'signal'> {
  readonly queue: ShardQueue;
  /** Told of photos that were loaded. */
  readonly report: (predicted: number, rejected: number) => void;
  /** Takes what goes wrong with a shard's run; without it, that ends all the work. */
  readonly onFault?: (shard: ClaimedShard, fault: unknown) => void;
}

/** Shards worked side by side, so that one fills its pipeline while another drains. */
const SHARDS_AT_ONCE = 2;
/** How often to ask again where there was nothing. */
const IDLE_WAIT_MS = 1000;
/** Supervisors of processes lose patience after 30 s as a rule: what hangs then is handed back as it is. */
const STOP_WITHIN_MS = 20_000;

/**
 * Works shards as they are assigned until there are none, or until the signal: then those in hand are
 * handed back. A shard that may take the process down is worked with nothing beside it, so that no
 * other is blamed.
 */
export async function workShards(assign: Assign, context: WorkContext): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const inHand = new Map<ClaimedShard, Promise<void>>();
  const onFault = context.onFault ?? ((_, fault) => failure.abort(fault)); // the others stop too
  const begin = ({ shard, bench, end }: Assignment) => {
    const work = workShard(shard, bench, { ...context, signal })
      .catch((fault: unknown) => onFault(shard, fault))
      .finally(() => {
        inHand.delete(shard);
        end?.();
      });
    inHand.set(shard, work);
    return work;
  };
  try {
    while (!signal.aborted) {
      if (inHand.size >= SHARDS_AT_ONCE) {
        await orAborted(Promise.race(inHand.values()), signal); // those in hand may hang
        continue;
      }
      const next = await assign();
      if (next === 'done') break;
      if (next === 'wait') {
        await pause([...inHand.values()], signal);
      } else if (next.shard.suspect) {
        await orAborted(Promise.all(inHand.values()), signal);
        await orAborted(begin(next), signal);
      } else void begin(next);
    }
  } catch (error) {
    failure.abort(error);
  }
  await letGo(inHand, signal, context);
  if (failure.signal.aborted) throw failure.signal.reason;
}

/** Until one of those in hand has ended, or for a while. */
async function pause(inHand: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
  const patience = new AbortController();
  const elapsed = sleep(IDLE_WAIT_MS, undefined, patience).catch(() => {});
  await orAborted(Promise.race([...inHand, elapsed]), signal);
  patience.abort(); // else the timer would keep the process from ending with its work
}

/** Waits for what is in hand; what hangs after a stop is handed back without waiting for it. */
async function letGo(
  inHand: ReadonlyMap<ClaimedShard, Promise<void>>,
  signal: AbortSignal,
  { queue, log }: WorkContext,
): Promise<void> {
  const allEnded = Promise.all(inHand.values());
  await orAborted(allEnded, signal);
  const patience = new AbortController();
  const tooLate = sleep(STOP_WITHIN_MS, 'late', patience).catch(() => 'ended');
  const ended = await Promise.race([allEnded, tooLate]);
  patience.abort();
  if (ended !== 'late') return;
  for (const shard of inHand.keys()) {
    log.warn('shard handed back while its photos hang', { shard: shard.shardId });
    await queue.giveBack(shard);
  }
}
