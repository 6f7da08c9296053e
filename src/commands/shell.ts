import type { Writable } from 'node:stream';
import type { ExitCode } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/** Where a command runs: everything it takes from outside and gives back. */
export interface Shell {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal, with a person before it. */
  readonly interactive: boolean;
  /** The program's own file, for starting it again as another process. */
  readonly entry: string;
  /** Aborted by SIGINT or SIGTERM; with the reason `SUPERVISOR_GONE` where nobody asked for it. */
  readonly signal: AbortSignal;
  /** Which of the two it was; undefined before. */
  readonly stoppedBy: () => 'SIGINT' | 'SIGTERM' | undefined;
  /** Whether a supervisor started this process in the place of one that died. */
  readonly restarted: boolean;
  /** Tells a supervisor that photos are being predicted. */
  progressed(): void;
  /** Standard output, for results that are streamed. */
  readonly output: Writable;
  /** A line for people or pipes, on standard output. */
  print(text: string): void;
  /** The log: JSON lines on standard output, or plain lines on standard error before a terminal. */
  openLog(options: LogOptions): Log;
  /** What the process is to exit with. */
  exit(code: ExitCode): void;
}

/** How much is logged, and whether standard output must be kept free for a result. */
export interface LogOptions {
  readonly level: string;
  readonly reserveOutput?: boolean;
}
