import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { PostgresRunLedger } from '../adapters/postgres-run-ledger.ts';
import { EXIT_CODES, messageOf, NightjarError } from '../domain/errors.ts';
import type { QueuedRun } from '../ledger.ts';
import type { Log } from '../ports.ts';
import { loadJobs } from '../run/job.ts';
import { catchUp, listScheduled, startSchedule } from '../run/schedule.ts';
import { withApp } from './open-app.ts';
import type { Shell } from './shell.ts';

/** How often the daemon looks for queued runs that no tick of its own told it about. */
const POLL_MS = 5000;

/** `nightjar schedule`: the daemon. */
export function addScheduleCommand(program: Command, shell: Shell): void {
  program
    .command('schedule')
    .description('the daemon: run the jobs of the jobs folder by their cron expressions')
    .action(() =>
      withApp(shell, {}, async ({ config, database, log }) => {
        const { jobs, problems } = loadJobs(resolve(shell.cwd, config.jobsDir));
        for (const problem of problems) log.error('not a job', { problem });
        const scheduled = listScheduled(jobs.values());
        if (scheduled.length === 0) {
          throw new NightjarError(
            'USAGE',
            `Expected a job with a schedule in ${config.jobsDir} but found none.`,
          );
        }
        const ledger = new PostgresRunLedger(database);
        const wake = createWaker();
        const context = { ledger, log, onTick: wake.now };
        await catchUp(scheduled, context, new Date());
        const stop = startSchedule(scheduled, context);
        const names = scheduled.map(
          ({ name, schedule, timezone }) => `${name} (${schedule}, ${timezone})`,
        );
        if (shell.interactive) shell.print(`Scheduled: ${names.join(', ')}. Stop with Ctrl-C.`);
        log.info('scheduled', { jobs: names });
        try {
          await dispatch(() => ledger.listQueued(), new Set(jobs.keys()), wake.wait, log, shell);
        } finally {
          await stop();
        }
        shell.exit(
          shell.stoppedBy() === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted,
        );
      }),
    );
}

/**
 * Starts every queued run in a process of its own, one for each job at a time, until the signal. A
 * photo that takes its process down takes down that run, not the daemon.
 */
async function dispatch(
  listQueued: () => Promise<QueuedRun[]>,
  jobs: ReadonlySet<string>,
  wait: () => Promise<void>,
  log: Log,
  shell: Shell,
): Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  while (!shell.signal.aborted) {
    try {
      for (const queued of await listQueued()) {
        if (underWay.has(queued.job) || !jobs.has(queued.job)) continue;
        const ended = execute(queued, log, shell).finally(() => underWay.delete(queued.job));
        underWay.set(queued.job, ended);
      }
    } catch (error) {
      log.error('cannot look for queued runs', { error: messageOf(error) });
    }
    await Promise.race([wait(), sleep(POLL_MS, undefined, { ref: true }), aborted(shell.signal)]);
  }
  await Promise.all(underWay.values());
}

function execute({ runId, job, logicalTime }: QueuedRun, log: Log, shell: Shell): Promise<void> {
  const args = [shell.entry, 'run', '--job', job, '--logical-time', logicalTime.toISOString()];
  const child = spawn(process.execPath, args, { cwd: shell.cwd, stdio: 'inherit' });
  const forward = () => child.kill('SIGTERM');
  shell.signal.addEventListener('abort', forward, { once: true });
  return new Promise((done) => {
    child.once('error', (error) => {
      log.error('run did not start', { run: runId, job, error: messageOf(error) });
      done();
    });
    child.once('exit', (code, signal) => {
      shell.signal.removeEventListener('abort', forward);
      const level = code === 0 ? 'info' : 'error';
      log[level]('run ended', { run: runId, job, code, signal });
      done();
    });
  });
}

/** A way to end a wait early. */
function createWaker(): { now: () => void; wait: () => Promise<void> } {
  let wakeUp = () => {};
  return {
    now: () => wakeUp(),
    wait: () =>
      new Promise((resolve) => {
        wakeUp = resolve;
      }),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
