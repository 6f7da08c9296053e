import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { packagePath } from '../adapters/package-files.ts';
import { addCommands } from '../commands/all.ts';
import { createLog } from '../commands/log.ts';
import type { Shell } from '../commands/shell.ts';
import { EXIT_CODES, type ExitCode, messageOf, NightjarError } from '../domain/errors.ts';
import { SUPERVISOR_GONE } from '../domain/supervisor-gone.ts';
import { type ChildMessage, CRASHED_EXIT_CODE, type ParentMessage } from './supervise.ts';

/** After a stop, what hangs on in a connection does not keep the process for longer than this. */
const LINGER_MS = 2000;

/** Runs the command of the command line and sets the exit code. */
export async function runProgram(): Promise<void> {
  const shell = createShell();
  try {
    const program = await createProgram(shell);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
  if (shell.stoppedBy()) setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** The command asked for, or all. */
function createProgram(shell: Shell): Promise<Command> {
  const program = new Command('nightjar')
    .description('Turns a bucket of geotagged animal photos into a table of species predictions.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  return addCommands(program, shell, process.argv[2]);
}

function createShell(): Shell {
  const controller = new AbortController();
  let minded = false;
  let stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  let signals = 0;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(); // whoever read has had enough, as `head` has
  });
  const stop = (signal: 'SIGINT' | 'SIGTERM', reason?: unknown) => {
    stoppedBy ??= signal;
    controller.abort(reason); // the first reason stands
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Commands that mind the signal finish what they have in hand. The others, and the second time,
      // leave at once: what is not committed is as if it had never been begun.
      if (signals++ > 0 || !minded) process.exit(codeOf(signal));
      stop(signal);
    });
  }
  if (process.send) obeyParent(stop);
  if (process.env.NIGHTJAR_SUPERVISED) crashLoudly();
  const interactive = process.stdout.isTTY === true;
  return {
    cwd: process.cwd(),
    env: process.env,
    interactive,
    entry: process.argv[1] ?? '',
    get signal() {
      minded = true;
      return controller.signal;
    },
    stoppedBy: () => stoppedBy,
    restarted: Number(process.env.NIGHTJAR_SUPERVISED) > 1,
    progressed: onceOnly(() => {
      tellParent({ progress: true });
    }),
    output: process.stdout,
    print: (text) => process.stdout.write(`${text}\n`),
    openLog: (options) => createLog(options, interactive),
    exit: (code) => {
      process.exitCode = code;
    },
  };
}

/**
 * A parent's word to stop is no signal: a terminal or a service manager signals this process as well,
 * and two signals mean at once. Without a parent there is nothing to go on for; and a supervisor that goes
 * without a word was killed.
 */
function obeyParent(stop: (signal: 'SIGINT' | 'SIGTERM', reason?: unknown) => void): void {
  process.on('message', (message: ParentMessage) => {
    if (message === 'stop') stop('SIGTERM');
    else if ('stop' in message) stop(message.stop);
  });
  const reason = process.env.NIGHTJAR_SUPERVISED ? SUPERVISOR_GONE : undefined;
  process.on('disconnect', () => stop('SIGTERM', reason));
  process.channel?.unref();
}

/** A fault that nobody caught ends the process in a way that its supervisor tells from a failed run. */
function crashLoudly(): void {
  const crash = (error: unknown) => {
    process.stderr.write(`nightjar: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(CRASHED_EXIT_CODE);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

/** Whoever it was may be gone already. */
function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function codeOf(signal: 'SIGINT' | 'SIGTERM'): ExitCode {
  return signal === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
}

function onceOnly(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

function readVersion(): string {
  return JSON.parse(readFileSync(packagePath('package.json'), 'utf8')).version;
}

/** Says what went wrong and gives the exit code. */
function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage; // commander has said it already
  }
  if (error instanceof NightjarError) {
    process.stderr.write(`nightjar: ${error.message}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  const debugging = process.env.LOG_LEVEL === 'debug' && stack !== undefined;
  const hint = 'Nothing that was committed is lost. LOG_LEVEL=debug shows where it happened.';
  process.stderr.write(
    `nightjar: unexpected error: ${debugging ? stack : `${messageOf(error)}\n${hint}`}\n`,
  );
  return EXIT_CODES.failed;
}
