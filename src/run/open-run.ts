import { messageOf, NightjarError } from '../domain/errors.ts';
import type { RunKind, RunSpec, RunStatus, StartedRun } from '../ledger.ts';
import type { NewRun, RunAdapters, RunContext, RunRequest } from './context.ts';
import { openWorkbench, type Workbench } from './open-workbench.ts';
import { type RunSummary, skippedSummary } from './summary.ts';

/** A run under way with everything it works with, pinned for its whole life. */
export interface OpenedRun extends Workbench {
  readonly row: StartedRun;
  readonly adapters: RunAdapters;
}

/** How often a buffered run looks whether the one before it has ended. */
const WAIT_MS = 1000;

/** How long a database, or a proxy before it, may hold the lock of a process that is dead. */
const MAX_LINGER_MS = 120_000;

/** A tick that is asked for again goes on where its run ended early; a person may name more. */
const TAKEN_UP_AGAIN: ReadonlySet<RunStatus> = new Set(['queued', 'crashed', 'stopped', 'failed']);
const RESUMABLE: ReadonlySet<RunStatus> = new Set([
  ...TAKEN_UP_AGAIN,
  'over_error_budget',
  'not_reconciled',
]);

/**
 * Writes or finds the run's row, takes it in hand, and opens what it works with. A run that is not to
 * be started comes back as a summary.
 *
 * @throws USAGE for a run that cannot be resumed
 */
export async function openRun(
  request: RunRequest,
  context: RunContext,
): Promise<OpenedRun | { readonly summary: RunSummary }> {
  const { adapters, log } = context;
  const found = await findOrSubmit(request, context);
  const row = found.mayStart ? await startWhenFree(found.runId, context) : null;
  if (!row) {
    const outcome = context.signal.aborted ? 'stopped' : 'skipped';
    const { runId, job, kind, reason } = found;
    log.info('run not started', { run: runId, job, status: outcome, reason });
    return { summary: skippedSummary({ run: runId, job, kind }, outcome, reason) };
  }
  const { runId, attempts } = row;
  log.info('run started', { run: runId, job: found.job, attempts });
  context.onStarted?.(runId);
  try {
    const spec = row.spec ?? specOf(newRun(request, runId));
    await adapters.queue.cancelAbandoned();
    const bench = await openWorkbench(runId, spec, adapters);
    const regionSnapshotId = bench.regions?.snapshot.id ?? null;
    await row.pin(bench.spec, { modelVersionId: bench.model.version.id, regionSnapshotId });
    return {
      ...bench,
      row,
      adapters,
      async release() {
        await bench.release();
        await row.release();
      },
    };
  } catch (error) {
    await row.close({ ...UNKNOWN, status: 'failed', error: messageOf(error) });
    await row.release();
    throw error;
  }
}

/** A run's row before it is in hand. */
interface FoundRun {
  readonly runId: string;
  readonly job: string;
  readonly kind: RunKind;
  readonly mayStart: boolean;
  /** Why not, where it may not. */
  readonly reason: string | null;
}

async function findOrSubmit(
  request: RunRequest,
  { adapters, restarted = false }: RunContext,
): Promise<FoundRun> {
  if ('resume' in request) return findResumable(request.resume, adapters, restarted);
  const { job, kind = 'run', logicalTime, trigger } = request;
  const { name, overlap, pauseAfterFailures } = job;
  const submission = { job: name, kind, logicalTime, trigger, overlap, pauseAfterFailures };
  const { runId, status, skipReason } = await adapters.ledger.submit(submission);
  const mayStart = TAKEN_UP_AGAIN.has(status) || (status === 'running' && restarted);
  return { runId, job: name, kind, mayStart, reason: mayStart ? null : (skipReason ?? status) };
}

async function findResumable(
  runId: string,
  { ledger }: RunAdapters,
  restarted: boolean,
): Promise<FoundRun> {
  const run = await ledger.find(runId);
  if (run && (RESUMABLE.has(run.status) || (run.status === 'running' && restarted))) {
    return { runId, job: run.job, kind: run.kind, mayStart: true, reason: null };
  }
  throw new NightjarError(
    'USAGE',
    run
      ? `Expected a run that ended early but run ${runId} is ${run.status}. \`nightjar run --job ${run.job}\` starts a new one.`
      : `Expected the number of a run but there is no run ${runId}. \`nightjar status\` lists the last ones.`,
  );
}

async function startWhenFree(runId: string, context: RunContext): Promise<StartedRun | null> {
  const patientUntil = Date.now() + (context.restarted ? MAX_LINGER_MS : 0);
  while (!context.signal.aborted) {
    const row = await context.adapters.ledger.start(runId);
    if (row === 'taken' && Date.now() >= patientUntil) return null;
    if (typeof row !== 'string') return row;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  return null;
}

/** What a new run is opened with, nothing resolved yet. */
export function specOf(request: NewRun): RunSpec {
  const { job, kind = 'run', selection = null, reprocess = 'none', maxActive = null } = request;
  const { name, source, model, regions, fusion, location, errorBudget } = job;
  const asked = { source, model, regions, fusion, location, errorBudget };
  return { job: name, kind, ...asked, reprocess, maxActive, selection };
}

function newRun(request: RunRequest, runId: string): NewRun {
  if (!('resume' in request)) return request;
  throw new NightjarError(
    'USAGE',
    `Expected a run that came to open its job but run ${runId} ended before. Start a new one with \`nightjar run\`.`,
  );
}

const UNKNOWN = {
  listed: null,
  alreadyDone: null,
  predicted: null,
  rejected: null,
  pending: null,
};

/** What a request says of how many photos to take. */
export function limitOf(request: RunRequest): number | undefined {
  return 'resume' in request ? undefined : request.limit;
}
