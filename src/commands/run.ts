import { resolve } from 'node:path';
import type { Command } from 'commander';
import { NightjarError } from '../domain/errors.ts';
import type { Trigger } from '../ledger.ts';
import { chooseJob, type Job, loadJobs } from '../run/job.ts';
import { previewRun } from '../run/preview-run.ts';
import { run } from '../run/run.ts';
import { type RunSummary, skippedSummary } from '../run/summary.ts';
import { type App, withApp } from './open-app.ts';
import { openRunAdapters } from './open-run-context.ts';
import { exitCodeOf, formatSummary } from './print-summary.ts';
import { createProgressBar } from './progress-bar.ts';
import type { Shell } from './shell.ts';

interface RunFlags {
  job?: string;
  limit?: number;
  dryRun?: boolean;
  json?: boolean;
  logicalTime?: Date;
  trigger?: Trigger;
}

/** `nightjar run`: one run now. */
export function addRunCommand(program: Command, shell: Shell): void {
  program
    .command('run')
    .description('run a job once, now')
    .option('--job <name>', 'which job; may be left out where there is only one')
    .option('--limit <photos>', 'work on this many pending photos at most', parseLimit)
    .option('--dry-run', 'list and count, but change nothing')
    .option('--json', 'end with one line of JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 usage, 3 over the error budget, 130/143 stopped.',
    )
    .option('--logical-time <iso>', 'the tick that the run stands for; default now', parseTime)
    .action(async (flags: RunFlags) => {
      await withApp(shell, { reserveOutput: flags.json }, async (app) => {
        const loaded = loadJobs(resolve(shell.cwd, app.config.jobsDir));
        const job = chooseJob(loaded, flags.job);
        for (const problem of loaded.problems) app.log.warn('not a job', { problem });
        const summary = await runJob(job, flags, app, shell).catch((error: unknown) => {
          const failed = { ...skippedSummary('', job, 'failed'), run: null };
          if (flags.json) shell.print(JSON.stringify(failed));
          throw error;
        });
        if (flags.json) shell.print(JSON.stringify(summary));
        else if (shell.interactive) shell.print(formatSummary(summary));
        else app.log.info('run ended', { ...summary });
        shell.exit(exitCodeOf(summary, shell.stoppedBy()));
      });
    });
}

/** Runs a job with the progress bar, and the adapters opened and closed around it. */
export async function runJob(
  job: Job,
  flags: RunFlags,
  app: App,
  shell: Shell,
): Promise<RunSummary> {
  const adapters = await openRunAdapters(app, shell);
  const bar = createProgressBar({ interactive: shell.interactive && !flags.json });
  try {
    if (flags.dryRun) return await previewRun(job, adapters);
    const { trigger = 'shell', logicalTime = new Date(), limit } = flags;
    return await run(
      { job, trigger, logicalTime, limit },
      { adapters, limits: app.config, log: app.log, signal: shell.signal, onProgress: bar.update },
    );
  } finally {
    bar.stop();
    await adapters.queue.close();
  }
}

function parseLimit(value: string): number {
  const limit = Number(value);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new NightjarError(
    'USAGE',
    `Expected a whole number above 0 for --limit but received "${value}".`,
  );
}

function parseTime(value: string): Date {
  const time = new Date(value);
  if (!Number.isNaN(time.getTime())) return time;
  throw new NightjarError(
    'USAGE',
    `Expected a time like 2026-11-21T02:00:00Z for --logical-time but received "${value}".`,
  );
}
