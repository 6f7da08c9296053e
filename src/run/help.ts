import { messageOf } from '../domain/errors.ts';
import type { OpenRun } from '../ledger.ts';
import type { ClaimedShard } from '../ports.ts';
import type { RunContext } from './context.ts';
import { openWorkbench, type Workbench } from './open-workbench.ts';
import { type Assignment, workShards } from './work-shards.ts';

/** Photos that a helper loaded. */
export interface Helped {
  readonly predicted: number;
  readonly rejected: number;
}

/** How long a run is left alone that cannot be worked here: its folder may be on another machine. */
const LEAVE_ALONE_MS = 60_000;
/** Runs that are kept open at a time, each with its model: going back and forth between two costs nothing. */
const MAX_BENCHES = 2;

/**
 * Helps with the shards of whatever runs are under way, scheduled ones before backfills, until the
 * signal; or until nowhere is a shard unfinished, nor a run being planned. What goes wrong is said, and costs the helper neither its
 * life nor the run: others may be able to do it.
 */
export async function help(
  context: RunContext,
  { untilIdle = false }: { readonly untilIdle?: boolean } = {},
): Promise<Helped> {
  const { adapters, log } = context;
  const { queue, ledger } = adapters;
  const helped = { predicted: 0, rejected: 0 };
  const benches = new Benches(context);
  const assign = async (): Promise<Assignment | 'wait' | 'done'> => {
    // Asked first: the shards of a planning that ends in between are then among the open ones.
    const planning = untilIdle && (await ledger.isPlanning());
    const open = await ledger.listOpen();
    for (const run of open) {
      const bench = await benches.open(run);
      const shard = bench && (await queue.claim(bench.run));
      if (shard) return benches.use(bench, shard);
      if (bench && (await queue.recover(bench.run)) > 0) return assign();
    }
    return untilIdle && !planning && open.length === 0 ? 'done' : 'wait';
  };
  const patiently: typeof assign = () =>
    assign().catch((error: unknown) => {
      log.error('cannot look for shards', { error: messageOf(error) });
      return 'wait';
    });
  try {
    await workShards(patiently, {
      ...context,
      queue,
      report(predicted, rejected) {
        helped.predicted += predicted;
        helped.rejected += rejected;
        const { predicted: planned } = helped;
        context.onProgress?.({ phase: 'predicting', listed: 0, planned, ...helped });
      },
      onFault: ({ runId }, error) => benches.leaveAlone(runId, error),
    });
  } finally {
    await benches.close();
  }
  return helped;
}

/** The runs that this process has open, the least recently used first. */
class Benches {
  readonly #context: RunContext;
  readonly #open = new Map<string, Workbench>();
  readonly #inUse = new Map<Workbench, number>();
  readonly #notBefore = new Map<string, number>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Null where the run cannot be worked here, or not now. */
  async open({ runId, spec }: OpenRun): Promise<Workbench | null> {
    if ((this.#notBefore.get(runId) ?? 0) > Date.now()) return null;
    const known = this.#open.get(runId);
    if (known) {
      this.#open.delete(runId);
      this.#open.set(runId, known);
      return known;
    }
    if (!(await this.#makeRoom())) return null;
    try {
      const bench = await openWorkbench(runId, spec, this.#context.adapters);
      this.#open.set(runId, bench);
      return bench;
    } catch (error) {
      this.leaveAlone(runId, error);
      return null;
    }
  }

  use(bench: Workbench, shard: ClaimedShard): Assignment {
    const count = (by: number) => this.#inUse.set(bench, (this.#inUse.get(bench) ?? 0) + by);
    count(1);
    return { bench, shard, end: () => count(-1) };
  }

  leaveAlone(runId: string, error: unknown): void {
    this.#context.log.warn('cannot help with run', { run: runId, error: messageOf(error) });
    this.#notBefore.set(runId, Date.now() + LEAVE_ALONE_MS);
  }

  async close(): Promise<void> {
    for (const bench of this.#open.values()) await bench.release();
  }

  async #makeRoom(): Promise<boolean> {
    if (this.#open.size < MAX_BENCHES) return true;
    const idle = [...this.#open].find(([, bench]) => !this.#inUse.get(bench));
    if (!idle) return false;
    this.#open.delete(idle[0]);
    this.#inUse.delete(idle[1]);
    await idle[1].release();
    return true;
  }
}
