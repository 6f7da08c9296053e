import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PostgresRunLedger } from '../adapters/postgres-run-ledger.ts';
import { EXIT_CODES, NightjarError } from '../domain/errors.ts';
import {
  announceMissedTick,
  announcePaused,
  announceRunEnd,
  type EndedRun,
} from '../health/announce.ts';
import { Dispatcher } from '../run/dispatch.ts';
import { describeSchedules, followJobs } from '../run/follow-jobs.ts';
import { listScheduled, startSchedule } from '../run/schedule.ts';
import { type App, withApp } from './open-app.ts';
import { executeRun } from './run-process.ts';
import type { Shell } from './shell.ts';
import { openAnnouncer, publishHealth } from './watch-health.ts';

/** How often the metrics file is written and stale data looked for. */
const HEALTH_MS = 60_000;

/** `nightjar schedule`: the daemon. */
export function addScheduleCommand(program: Command, shell: Shell): void {
  program
    .command('schedule')
    .description('the daemon: run the jobs of the jobs folder by their cron expressions')
    .action(() => withApp(shell, {}, (app) => scheduleJobs(app, shell)));
}

async function scheduleJobs(app: App, shell: Shell): Promise<void> {
  const { config, database, log } = app;
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
  const announcer = openAnnouncer(app);
  const dispatcher = new Dispatcher({
    ledger,
    log,
    signal,
    listJobs: () => jobs.current,
    execute: (run) => executeRun(run, log, shell),
    onGivenUp: ({ runId, job }) => void announceRunEnd(givenUp(runId, job), announcer),
  });
  const stop = startSchedule({
    ledger,
    log,
    listJobs: () => {
      jobs.refresh();
      return listScheduled(jobs.current.values());
    },
    onTick: dispatcher.wake,
    onMissed: (job, logicalTime, caughtUp) => {
      const reason = caughtUp ? 'it is made up for now' : 'it is too old to be made up for';
      void announceMissedTick({ job, logicalTime, reason }, announcer);
    },
    onPaused: (job) => {
      const failures = jobs.current.get(job)?.pauseAfterFailures ?? 0;
      void announcePaused({ job, failures, run: null }, announcer);
    },
  });
  log.info('scheduled', { jobs: schedules });
  const health = setInterval(
    () => void publishHealth(app, [...jobs.current.values()], shell.cwd),
    HEALTH_MS,
  );
  await dispatcher.work();
  clearInterval(health);
  await Promise.all([stop(), dispatcher.settle()]);
  shell.exit(shell.stoppedBy() === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted);
}

function givenUp(run: string, job: string): EndedRun {
  const reason = `it is not gone on with any more; by hand: nightjar resume ${run}`;
  return { run, job, status: 'crashed', listed: 0, predicted: 0, rejected: 0, pending: 0, reason };
}
