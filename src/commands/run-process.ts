import { spawn } from 'node:child_process';
import { messageOf } from '../domain/errors.ts';
import type { QueuedRun } from '../ledger.ts';
import type { Log } from '../ports.ts';
import type { Shell } from './shell.ts';

/** What a run that is told to stop has left to finish and commit its batches; then it is killed. */
const STOP_MS = 25_000;

/**
 * Works a run in a process of its own, and resolves when that has ended, however it did. When the
 * shell's signal comes it is told to stop by a message: where the service manager signals all
 * processes of the service, a second signal would end the run at once.
 */
export function executeRun(run: QueuedRun, log: Log, shell: Shell): Promise<void> {
  const { runId, job, logicalTime } = run;
  const tick = logicalTime.toISOString();
  const args = ['run', '--job', job, '--logical-time', tick, '--dispatched'];
  const child = spawn(process.execPath, [shell.entry, ...args], {
    cwd: shell.cwd,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    if (child.connected) child.send('stop', () => {}); // it may be ending just now
    killing = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  };
  shell.signal.addEventListener('abort', stop, { once: true });
  return new Promise<void>((done) => {
    child.once('error', (error) => {
      log.error('run did not start', { run: runId, job, error: messageOf(error) });
      done();
    });
    child.once('exit', (code, signal) => {
      // One that ended well, or found nothing to do, has said so itself.
      const asAsked = code === 0 || shell.signal.aborted;
      if (!asAsked) log.error('run ended', { run: runId, job, code, signal });
      done();
    });
  }).finally(() => {
    clearTimeout(killing);
    shell.signal.removeEventListener('abort', stop);
  });
}
