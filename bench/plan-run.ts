import { randomUUID } from 'node:crypto';
import type { Database } from '../src/adapters/postgres-database.ts';
import { openRunAdapters } from '../src/commands/open-run-context.ts';
import { loadConfig } from '../src/config.ts';
import type { Plan, RunSpec } from '../src/ledger.ts';
import type { Log, PhotoSource } from '../src/ports.ts';
import { closeRun } from '../src/run/close-run.ts';
import type { RunAdapters } from '../src/run/context.ts';
import { discover } from '../src/run/discover.ts';
import type { OpenedRun } from '../src/run/open-run.ts';
import { notePlan, planShards } from '../src/run/plan-shards.ts';
import { type Reconciled, reconcile } from '../src/run/reconcile.ts';
import type { RunSummary } from '../src/run/summary.ts';
import { createShell } from '../test/helpers/run-bench-shell.ts';

/** Says nothing but what is wrong. */
export const quietly: Log = { debug() {}, info() {}, warn: console.warn, error: console.error };

const SHARD_SIZE = 500;
const signal = new AbortController().signal;

/** The adapters of a run on a database. */
export function openAdapters(database: Database): Promise<RunAdapters> {
  const cwd = process.cwd();
  const config = loadConfig({ cwd, env: {} });
  return openRunAdapters({ config, log: quietly, database, databaseName: '' }, createShell(cwd));
}

/** A run in hand without its model, as everything before and after the photos needs none. */
export async function startRun(
  source: PhotoSource,
  modelVersionId: number,
  adapters: RunAdapters,
): Promise<OpenedRun> {
  const job = `bench-${randomUUID()}`;
  const { runId } = await adapters.ledger.submit({
    job,
    logicalTime: new Date(),
    trigger: 'shell',
    overlap: 'skip',
  });
  const row = await adapters.ledger.start(runId);
  if (typeof row === 'string') throw new Error(`run ${runId} is ${row}`);
  const spec: RunSpec = {
    job,
    kind: 'run',
    source: source.url,
    model: 'bench@1',
    regions: 'none',
    fusion: 'weighted',
    location: 'optional',
    errorBudget: 1,
    reprocess: 'none',
    maxActive: null,
    limit: null,
    selection: null,
  };
  await row.pin(spec, { modelVersionId, regionSnapshotId: null });
  const run = { runId, modelVersionId, reprocess: spec.reprocess, maxActive: null };
  return { row, run, spec, source, adapters, regions: null } as unknown as OpenedRun;
}

/** Lists the source and plans what is pending. */
export async function planRun(
  opened: OpenedRun,
  onProgress?: (progress: { readonly listed: number }) => void,
): Promise<Plan> {
  const pages = discover(opened, { signal, log: quietly, onProgress });
  const plan = await planShards(pages, opened, SHARD_SIZE);
  await notePlan(plan, opened, signal);
  return plan;
}

/** Counts what became of a plan, and closes the run. */
export async function endRun(
  plan: Plan,
  opened: OpenedRun,
): Promise<{ counts: Reconciled; summary: RunSummary }> {
  const counts = await reconcile(plan, opened);
  const summary = await closeRun(counts, opened, { signal, log: quietly });
  await opened.row.release();
  return { counts, summary };
}
