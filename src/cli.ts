#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { packagePath } from './adapters/package-files.ts';
import { addCommands } from './commands/all.ts';
import { createLog } from './commands/log.ts';
import type { Shell } from './commands/shell.ts';
import { EXIT_CODES, type ExitCode, messageOf, NightjarError } from './domain/errors.ts';

const shell = createShell();
const program = createProgram(shell);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** All commands. */
function createProgram(shell: Shell): Command {
  const program = new Command('nightjar')
    .description('Turns a bucket of geotagged animal photos into a table of species predictions.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  return addCommands(program, shell);
}

function createShell(): Shell {
  const controller = new AbortController();
  let minded = false;
  let signalled = false;
  let stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  // Commands that mind the signal finish what they have in hand. The others leave at once: what is not
  // committed is as if it had never been begun.
  const stop = (signal: 'SIGINT' | 'SIGTERM') => {
    if (!minded) process.exit(codeOf(signal));
    stoppedBy ??= signal;
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (signalled) process.exit(codeOf(signal)); // the second time is impatience
      signalled = true;
      stop(signal);
    });
  }
  listenToParent(() => stop('SIGTERM'));
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
    print: (text) => process.stdout.write(`${text}\n`),
    openLog: (options) => createLog(options, interactive),
    exit: (code) => {
      process.exitCode = code;
    },
  };
}

/**
 * The process that started this one tells it to stop by a message, or by going away, and both may come
 * any number of times: Ctrl-C and service managers signal every process, and being told of the same
 * stop twice must not look like impatience.
 */
function listenToParent(stop: () => void): void {
  if (!process.send) return;
  process.on('message', (message) => {
    if (message === 'stop') stop();
  });
  process.on('disconnect', stop);
  process.channel?.unref(); // listening alone keeps nobody from ending
}

function codeOf(signal: 'SIGINT' | 'SIGTERM'): ExitCode {
  return signal === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
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
