import { messageOf, NightjarError } from '../domain/errors.ts';
import type { RunKind, RunSpec, RunStatus, StartedRun } from '../ledger.ts';
import type { NewRun, RunAdapters, RunContext, RunRequest } from './context.ts';
import { openWorkbench, type Workbench } from './open-workbench.ts';
import { type RunSummary, skippedSummary, summarise } from './summary.ts';

/** A run under way with everything it works with, pinned for its whole life. */
export interface OpenedRun extends Workbench {
  readonly row: StartedRun;
  readonly adapters: RunAdapters;
}

/** How often a buffered run looks whether the one before it has ended. */
const WAIT_MS = 1000;
/** How often, and how far apart, a run that is under way is looked at before that is believed. */
const LOOKS = 10;
const LOOK_WAIT_MS = 200;

/** How long a database, or a proxy before it, may hold the lock of a process that is dead. */
const MAX_LINGER_MS = 120_000;

/** What a daemon takes up; what a tick that is asked for again goes on with; a person may name more. */
const INTERRUPTED: ReadonlySet<RunStatus> = new Set(['queued', 'crashed', 'stopped']);
const TAKEN_UP_AGAIN: ReadonlySet<RunStatus> = new Set([...INTERRUPTED, 'failed']);
const RESUMABLE: ReadonlySet<RunStatus> = new Set([
  ...TAKEN_UP_AGAIN,
  'over_error_budget',
  'not_reconciled',
]);
/** A process that starts in the place of one that died may find that it died after closing its run. */
const CLOSED: ReadonlySet<RunStatus> = new Set(['done', 'over_error_budget', 'not_reconciled']);

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
  if (found.closed) {
    return { summary: summarise(found.runId, await adapters.ledger.sumUp(found.runId)) };
  }
  const row = found.mayStart ? await startWhenFree(found, context) : null;
  if (!row) {
    const outcome = context.signal.aborted ? 'stopped' : 'skipped';
    const { runId, job, kind, mayStart } = found;
    if (outcome === 'skipped' && 'resume' in request) throw notResumable(runId, job, 'running');
    const reason = outcome === 'skipped' && mayStart ? 'taken by another process' : found.reason;
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
  readonly status: RunStatus;
  readonly takenUpFrom: ReadonlySet<RunStatus>;
  readonly mayStart: boolean;
  /** Whether the process that this one takes the place of has closed it: its end is this one's to tell. */
  readonly closed: boolean;
  /** Why not, where it may not. */
  readonly reason: string | null;
}

/**
 * A run that says `running` is asked for again for a while: the database may yet have to notice a death. A
 * restarted process knows of one and takes the run up, as soon as it is free.
 */
async function findOrSubmit(request: RunRequest, context: RunContext): Promise<FoundRun> {
  for (let look = 1; ; look++) {
    const found = await findOnce(request, context);
    if (found.closed) return found;
    if (found.status !== 'running' || found.mayStart || look === LOOKS || context.signal.aborted) {
      if (!('resume' in request) || found.mayStart) return found;
      throw notResumable(found.runId, found.job, found.status);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_WAIT_MS));
  }
}

async function findOnce(request: RunRequest, context: RunContext): Promise<FoundRun> {
  const { adapters, restarted = false } = context;
  if ('resume' in request) return find(request.resume, context);
  const { job, kind = 'run', logicalTime, trigger, dispatched = false } = request;
  const { name, overlap, pauseAfterFailures } = job;
  const submission = { job: name, kind, logicalTime, trigger, overlap, pauseAfterFailures };
  const { runId, status, skipReason } = await adapters.ledger.submit(submission);
  if (kind !== 'run' && status === 'skipped') throw overlaps(name, kind, runId);
  const takenUpFrom = dispatched ? INTERRUPTED : TAKEN_UP_AGAIN;
  const judged = classify(status, takenUpFrom, restarted);
  const reason = judged.mayStart ? null : (skipReason ?? status);
  return { runId, job: name, kind, status, takenUpFrom, ...judged, reason };
}

async function find(runId: string, context: RunContext): Promise<FoundRun> {
  const { adapters, restarted = false } = context;
  const run = await adapters.ledger.find(runId);
  if (run) {
    const judged = classify(run.status, RESUMABLE, restarted);
    return { runId, ...run, takenUpFrom: RESUMABLE, ...judged, reason: null };
  }
  throw new NightjarError(
    'USAGE',
    `Expected the number of a run but there is no run ${runId}. \`nightjar status\` lists the last ones.`,
  );
}

/** A dispatched run that failed is nobody's to take up: there the end is to be told as well. */
function classify(status: RunStatus, takenUpFrom: ReadonlySet<RunStatus>, restarted: boolean) {
  const failed = status === 'failed' && !takenUpFrom.has(status);
  const closed = restarted && (failed || CLOSED.has(status));
  const mayStart = takenUpFrom.has(status) || (status === 'running' && restarted);
  return { closed, mayStart };
}

/** A person asked: without a word of error, a window would be taken for done. */
function overlaps(job: string, kind: RunKind, runId: string): NightjarError {
  return new NightjarError(
    'RUN_OVERLAPS',
    `Expected no other ${kind} of job ${job} to be under way but there is one (this would have been run ${runId}). Wait for it, or stop it; \`nightjar status\` shows it.`,
  );
}

function notResumable(runId: string, job: string, status: RunStatus): NightjarError {
  return new NightjarError(
    'USAGE',
    status === 'running'
      ? `Expected a run that ended early but run ${runId} is under way in another process. \`nightjar work\` helps with it.`
      : `Expected a run that ended early but run ${runId} is ${status}. \`nightjar run --job ${job}\` starts a new one.`,
  );
}

async function startWhenFree(
  { runId, takenUpFrom }: FoundRun,
  context: RunContext,
): Promise<StartedRun | null> {
  const patientUntil = Date.now() + (context.restarted ? MAX_LINGER_MS : 0);
  while (!context.signal.aborted) {
    const row = await context.adapters.ledger.start(runId, takenUpFrom);
    if (row === 'taken' && Date.now() >= patientUntil) return null;
    if (typeof row !== 'string') return row;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  return null;
}

/** What a new run is opened with, nothing resolved yet. */
export function specOf(request: NewRun): RunSpec {
  const { job, kind = 'run', selection = null, reprocess = 'none' } = request;
  const { maxActive = null, limit = null } = request;
  const { name, source, model, regions, fusion, location, errorBudget } = job;
  const asked = { source, model, regions, fusion, location, errorBudget };
  return { job: name, kind, ...asked, reprocess, maxActive, limit, selection };
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
