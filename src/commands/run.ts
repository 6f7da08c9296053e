import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { chooseJob, type Job, loadJobs } from '../run/job.ts';
import { previewRun } from '../run/preview-run.ts';
import { type App, withApp } from './open-app.ts';
import { parseCount, parseTime } from './parse-flags.ts';
import { runAndTell, tell, withRunContext } from './run-job.ts';
import type { Shell } from './shell.ts';

interface RunFlags {
  job?: string;
  limit?: number;
  dryRun?: boolean;
  json?: boolean;
  logicalTime?: Date;
  dispatched?: boolean;
}

/** `nightjar run`: one run now. */
export function addRunCommand(program: Command, shell: Shell): void {
  program
    .command('run')
    .description('run a job once, now')
    .option('--job <name>', 'which job; may be left out where there is only one')
    .option('--limit <photos>', 'work on this many pending photos at most', parseCount('--limit'))
    .option('--dry-run', 'list and count, but change nothing')
    .option('--json', 'end with one line of JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 usage, 3 over the error budget, 130/143 stopped.',
    )
    .option(
      '--logical-time <iso>',
      'the tick that the run stands for; default now',
      parseTime('--logical-time'),
    )
    .addOption(new Option('--dispatched', 'the daemon asks, for a run that waits').hideHelp())
    .action(async (flags: RunFlags) => {
      await withApp(shell, { reserveOutput: flags.json }, async (app) => {
        const { logicalTime = new Date(), limit, dispatched } = flags;
        const job = pickJob(flags.job, app, shell);
        const request = { job, trigger: 'shell', logicalTime, limit, dispatched } as const;
        if (!flags.dryRun) return runAndTell(request, app, shell, flags);
        const preview = await withRunContext(app, shell, flags, ({ adapters }) =>
          previewRun(request, adapters),
        );
        tell(preview, app, shell, flags);
      });
    });
}

/** The job that a person named, or the only one; what is no job is told on the way. */
export function pickJob(name: string | undefined, app: App, shell: Shell): Job {
  const loaded = loadJobs(resolve(shell.cwd, app.config.jobsDir));
  const job = chooseJob(loaded, name);
  for (const problem of loaded.problems) app.log.warn('not a job', { problem });
  return job;
}
