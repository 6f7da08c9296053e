import type { Plan, RunCounts } from '../ledger.ts';
import type { OpenedRun } from './open-run.ts';

/** A run's photos, each counted once. */
export interface Reconciled {
  readonly listed: number;
  /** Before the run, or meanwhile by another. */
  readonly alreadyDone: number;
  readonly predicted: number;
  /** Finally. */
  readonly rejected: number;
  /** Left out, not reached, or rejected for now and to be tried again. */
  readonly pending: number;
  /** Of `pending`: rejected by this run for now. */
  readonly retryable: number;
  /** Whether listed = already done + predicted + rejected + pending, with every shard finished and none of their photos missing. */
  readonly balanced: boolean;
}

/**
 * Ends all work on the run, then counts in the database what became of every planned photo, and holds
 * it against the listing.
 */
export async function reconcile(plan: Plan, { run, adapters }: OpenedRun): Promise<Reconciled> {
  await adapters.queue.withdraw(run.runId);
  return balance(plan, await adapters.ledger.count(run.runId, run));
}

/** The sum: listed = already done + predicted + rejected + pending. */
export function balance(plan: Plan, counts: RunCounts): Reconciled {
  const alreadyDone = plan.alreadyDone + counts.doneElsewhere;
  const { predicted, rejected, retryable } = counts;
  const pending = counts.pending + plan.leftOut;
  const accounted = plan.listed === alreadyDone + predicted + rejected + pending;
  const balanced = accounted && counts.openShards === 0 && counts.missing === 0;
  return { listed: plan.listed, alreadyDone, predicted, rejected, pending, retryable, balanced };
}
