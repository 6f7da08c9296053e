import type { RunCounts } from '../ledger.ts';
import type { OpenedRun } from './open-run.ts';
import type { Plan } from './plan-shards.ts';

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
  /** Whether listed = already done + predicted + rejected + pending, with every shard finished. */
  readonly balanced: boolean;
}

/** Counts in the database what became of every planned photo, and holds it against the listing. */
export async function reconcile(
  plan: Plan,
  { row, model, adapters }: OpenedRun,
): Promise<Reconciled> {
  return balance(plan, await adapters.ledger.count(row.runId, model.version.id));
}

/** The sum: listed = already done + predicted + rejected + pending. */
export function balance(plan: Plan, counts: RunCounts): Reconciled {
  const alreadyDone = plan.alreadyDone + counts.doneElsewhere;
  const { predicted, rejected, retryable } = counts;
  const pending = counts.pending + plan.leftOut;
  const accounted = plan.listed === alreadyDone + predicted + rejected + pending;
  const balanced = accounted && counts.openShards === 0;
  return { listed: plan.listed, alreadyDone, predicted, rejected, pending, retryable, balanced };
}
