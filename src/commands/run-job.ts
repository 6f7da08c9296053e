import type { RunContext, RunRequest } from '../run/context.ts';
import { run } from '../run/run.ts';
import { type RunSummary, skippedSummary } from '../run/summary.ts';
import type { App } from './open-app.ts';
import { openRunAdapters } from './open-run-context.ts';
import { exitCodeOf, formatSummary } from './print-summary.ts';
import { createProgressBar } from './progress-bar.ts';
import type { Shell } from './shell.ts';

/** How a run's end is told. */
interface Telling {
  readonly json?: boolean;
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

/** Runs a request to its end, tells it, and gives its exit code. */
export async function runAndTell(
  request: RunRequest,
  app: App,
  shell: Shell,
  telling: Telling,
): Promise<void> {
  try {
    const summary = await withRunContext(app, shell, telling, (context) => run(request, context));
    tell(summary, app, shell, telling);
  } catch (error) {
    const job = 'resume' in request ? '' : request.job.name;
    if (telling.json) shell.print(JSON.stringify(skippedSummary(null, job, 'failed', null)));
    throw error;
  }
}

/** Prints a summary for whoever reads it. */
export function tell(summary: RunSummary, app: App, shell: Shell, { json }: Telling): void {
  if (json) shell.print(JSON.stringify(summary));
  else if (shell.interactive) shell.print(formatSummary(summary));
  else app.log.info('run ended', { ...summary });
  shell.exit(exitCodeOf(summary, shell.stoppedBy()));
}
