import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a parent says to a process. */
export type ParentMessage = 'stop' | { readonly stop: 'SIGINT' | 'SIGTERM' };
/** What a process says to its supervisor: a photo was predicted, so not every photo kills it. */
export interface ChildMessage {
  readonly progress: true;
}

/** How a process says that a fault of the program ended it, which another try may not meet. */
export const CRASHED_EXIT_CODE = 70;

/** Deaths in a row without a photo predicted, after which it is not a photo's fault. */
const MAX_IDLE_DEATHS = 20;
/** After a stop, a process that still lives is killed: whoever stops us waits half a minute at most. */
const STOP_WITHIN_MS = 25_000;
const MAX_PAUSE_MS = 5000;
/** Commands that stand for a moment: started again, they must stand for the same. */
const WITH_LOGICAL_TIME = new Set(['run', 'backfill']);

/**
 * How V8 keeps its heap, in MiB. A photo's bytes lie outside of it and make hardly any garbage in it, so left to itself V8
 * looks through all of it, again and again, for memory that a glance at the youngest objects gives back. A small young
 * generation has that glance come often (at 12 megapixels from S3 a tenth of all processor time), and what room the old
 * one gets is filled before it is swept, so that more would only be a process that grows for longer.
 */
export const HEAP_FLAGS = ['--max-semi-space-size=2', '--initial-old-space-size=64'];

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether a photo was predicted. */
  readonly progressed: boolean;
}

/**
 * Runs a command in a process of its own and starts it again when it dies, as a photo can make a native
 * decoder or the model take the whole process down. What it had in hand is then cut smaller, until the
 * photo is alone and known.
 *
 * @param entry the program's file
 * @returns the exit code
 */
export async function supervise(
  entry: string,
  command: string,
  args: readonly string[],
): Promise<number> {
  const moment = WITH_LOGICAL_TIME.has(command) && !args.some((arg) => isLogicalTime(arg));
  const fixed = moment ? ['--logical-time', new Date().toISOString()] : [];
  const stop = createStop();
  let idleDeaths = 0;
  for (let attempt = 1; ; attempt++) {
    const started = runOnce([entry, command, ...args, ...fixed], attempt, stop);
    const { code, signal, progressed } = await started;
    if (code !== null && code !== CRASHED_EXIT_CODE && !isFatal(code)) return code;
    if (stop.asked) return stop.asked === 'SIGINT' ? 130 : 143;
    idleDeaths = progressed ? 0 : idleDeaths + 1;
    if (idleDeaths >= MAX_IDLE_DEATHS) {
      say('error', `the process died ${idleDeaths} times without a photo predicted; giving up`);
      return 1;
    }
    say('warn', `the process died (${signal ?? `exit code ${code}`}); starting it again`);
    await Promise.race([sleep(Math.min(100 * 2 ** idleDeaths, MAX_PAUSE_MS)), stop.now]);
    if (stop.asked) return stop.asked === 'SIGINT' ? 130 : 143;
  }
}

/** The supervisor's own signals, and its parent's word for them. */
interface Stop {
  asked: 'SIGINT' | 'SIGTERM' | null;
  readonly now: Promise<void>;
  /** Passed on to the process of the moment. */
  child: ChildProcess | null;
}

function createStop(): Stop {
  let ask = () => {};
  const now = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const stop: Stop = { asked: null, now, child: null };
  const begin = (signal: 'SIGINT' | 'SIGTERM') => {
    if (stop.asked) return;
    stop.asked = signal;
    ask();
    if (stop.child) tellToStop(stop.child, signal);
  };
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second time, at once. The parent's word is no signal: it often comes just before the first.
      if (signals++ > 0) stop.child?.kill('SIGKILL');
      begin(signal);
    });
  }
  if (process.send) {
    process.on('message', (message) => message === 'stop' && begin('SIGTERM'));
    process.on('disconnect', () => begin('SIGTERM'));
    process.channel?.unref();
  }
  return stop;
}

/** By message, not by signal: a terminal or a service manager has signalled the process itself as well. */
function tellToStop(child: ChildProcess, signal: 'SIGINT' | 'SIGTERM'): void {
  const message: ParentMessage = { stop: signal };
  if (child.connected) child.send(message, () => {}); // it may be ending just now
  setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS).unref();
}

function runOnce(args: readonly string[], attempt: number, stop: Stop): Promise<Ending> {
  const child = spawn(process.execPath, [...HEAP_FLAGS, ...process.execArgv, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NIGHTJAR_SUPERVISED: String(attempt) },
  });
  stop.child = child;
  if (stop.asked) tellToStop(child, stop.asked);
  let progressed = false;
  child.on('message', (message: ChildMessage) => {
    if ('progress' in message) progressed = true;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      stop.child = null;
      resolve({ code, signal, progressed });
    });
  });
}

/** Exit codes that a shell or a runtime makes of a fatal signal. */
function isFatal(code: number): boolean {
  return code > 128 && code !== 130 && code !== 143;
}

function isLogicalTime(arg: string): boolean {
  return arg === '--logical-time' || arg.startsWith('--logical-time=');
}

/** On standard error, as the log is: a line for a person, JSON elsewhere. */
function say(level: 'warn' | 'error', message: string): void {
  const timestamp = new Date().toISOString();
  const line = process.stderr.isTTY
    ? `\r\u001b[K${level}: ${message}`
    : JSON.stringify({ level, message, timestamp });
  process.stderr.write(`${line}\n`);
}
