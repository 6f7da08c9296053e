import { messageOf } from '../domain/errors.ts';
import { announceRunEnd } from '../health/announce.ts';
import type { RunContext, RunRequest } from '../run/context.ts';
import type { Job } from '../run/job.ts';
import { run } from '../run/run.ts';
import { type RunSummary, skippedSummary } from '../run/summary.ts';
import type { App } from './open-app.ts';
import { openRunAdapters } from './open-run-context.ts';
import { exitCodeOf, formatSummary } from './print-summary.ts';
import { createProgressBar } from './progress-bar.ts';
import type { Shell } from './shell.ts';
import { openAnnouncer, publishHealth } from './watch-health.ts';

/** How a run's end is told. */
interface Telling {
  readonly json?: boolean;
  /** A daemon asked: that somebody else has dealt with the run is in the log already. */
  readonly dispatched?: boolean;
}

/** Runs something with the progress bar, and the adapters opened and closed around it. */
export async function withRunContext<T>(
  app: App,
  shell: Shell,
  { json = false }: Telling,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const adapters = await openRunAdapters(app, shell);
  const bar = createProgressBar({ interactive: shell.interactive && !json });
  try {
    return await work({
      adapters,
      limits: app.config,
      log: app.log,
      signal: shell.signal,
      restarted: shell.restarted,
      onProgress(progress) {
        if (progress.predicted > 0) shell.progressed();
        bar.update(progress);
      },
    });
  } finally {
    bar.stop();
    await adapters.queue.close();
  }
}

/** Runs a request to its end, tells it to whoever wants to know, and gives its exit code. */
export async function runAndTell(
  request: RunRequest,
  app: App,
  shell: Shell,
  telling: Telling,
): Promise<void> {
  const job = 'resume' in request ? null : request.job;
  const kind = 'resume' in request ? 'run' : (request.kind ?? 'run');
  let started: string | null = null;
  try {
    const summary = await withRunContext(app, shell, telling, (context) =>
      run(request, {
        ...context,
        onStarted(runId) {
          started = runId;
        },
      }),
    );
    await announce(summary, job, app, shell);
    tell(summary, app, shell, telling);
  } catch (error) {
    const found = { run: started, job: job?.name ?? '', kind };
    const failed = skippedSummary(found, 'failed', messageOf(error));
    await announce(failed, job, app, shell);
    if (telling.json) shell.print(JSON.stringify(failed));
    throw error;
  }
}

/** The webhook, the dead man's switch and the metrics file, where the settings ask for them. */
async function announce(
  summary: RunSummary,
  job: Job | null,
  app: App,
  shell: Shell,
): Promise<void> {
  await announceRunEnd(summary, openAnnouncer(app));
  await publishHealth(app, job ? [job] : [], shell.cwd);
}

/** Prints a summary for whoever reads it. */
export function tell(summary: RunSummary, app: App, shell: Shell, telling: Telling): void {
  const { json, dispatched } = telling;
  if (json) shell.print(JSON.stringify(summary));
  else if (shell.interactive) shell.print(formatSummary(summary));
  else if (!dispatched || summary.status !== 'skipped') app.log.info('run ended', { ...summary });
  shell.exit(exitCodeOf(summary, shell.stoppedBy()));
}
