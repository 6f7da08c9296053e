import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PostgresRunLedger } from '../adapters/postgres-run-ledger.ts';
import { EXIT_CODES, NightjarError } from '../domain/errors.ts';
import { Dispatcher } from '../run/dispatch.ts';
import { describeSchedules, followJobs } from '../run/follow-jobs.ts';
import { listScheduled, startSchedule } from '../run/schedule.ts';
import { type App, withApp } from './open-app.ts';
import { executeRun } from './run-process.ts';
import type { Shell } from './shell.ts';

/** `nightjar schedule`: the daemon. */
export function addScheduleCommand(program: Command, shell: Shell): void {
  program
    .command('schedule')
    .description('the daemon: run the jobs of the jobs folder by their cron expressions')
    .action(() => withApp(shell, {}, (app) => scheduleJobs(app, shell)));
}

async function scheduleJobs({ config, database, log }: App, shell: Shell): Promise<void> {
  const jobs = followJobs(resolve(shell.cwd, config.jobsDir), log);
  const schedules = describeSchedules(jobs.current);
  if (schedules.length === 0) {
    throw new NightjarError(
      'USAGE',
      `Expected a job with a schedule in ${config.jobsDir} but found none.`,
    );
  }
  if (shell.interactive) shell.print(`Scheduled: ${schedules.join(', ')}. Stop with Ctrl-C.`);
  const ledger = new PostgresRunLedger(database);
  const { signal } = shell;
  const dispatcher = new Dispatcher({
    ledger,
    log,
    signal,
    listJobs: () => jobs.current,
    execute: (run) => executeRun(run, log, shell),
  });
  const stop = startSchedule({
    ledger,
    log,
    listJobs: () => {
      jobs.refresh();
      return listScheduled(jobs.current.values());
    },
    onTick: dispatcher.wake,
  });
  log.info('scheduled', { jobs: schedules });
  await dispatcher.work();
  await Promise.all([stop(), dispatcher.settle()]);
  shell.exit(shell.stoppedBy() === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted);
}
