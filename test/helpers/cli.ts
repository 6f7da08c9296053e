import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** How a program ended and what it said. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Gives the match once standard output or error has one; rejects when the program ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Where and with what the program is started. */
export interface CliOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

const BIN = resolve('bin/nightjar.js');

/** Starts `nightjar` as a process of its own, with nothing of this process's settings. */
export function startCli(args: readonly string[], { cwd, env = {} }: CliOptions): CliProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { PATH, HOME, ...env } });
  let [stdout, stderr] = ['', ''];
  const ended = new Promise<CliResult>((done, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const said = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(stdout + stderr);
      if (match) return match;
      if (child.exitCode !== null) throw new Error(`ended before ${pattern}: ${stdout}${stderr}`);
      await new Promise((wait) => setTimeout(wait, 20));
    }
  };
  return { child, ended, said };
}

/** Runs `nightjar` to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** The last line of an output, as JSON. */
export function lastJson(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
