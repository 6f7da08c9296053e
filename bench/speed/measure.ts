import { spawn } from 'node:child_process';
import { listTree, readEndedChildren, readThreads, readUsage } from './process-usage.ts';

/** A program to be measured. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What a program took, with all its processes. */
export interface Measured {
  readonly stdout: string;
  readonly seconds: number;
  /** Of all its processes and threads, from the start of the first to the end of the last. */
  readonly cpuMs: number;
  /** Of all its processes together, at most. */
  readonly peakBytes: number;
  /** Of all its processes together, ten times a second. */
  readonly residentBytes: readonly number[];
  /** Growth from a third of its time to the end, bytes a second. */
  readonly bytesPerSecond: number;
  /** Processor time by kind of thread, as far as it was seen: samples are taken ten times a second. */
  readonly threadMs: Readonly<Record<ThreadKind, number>>;
}

/**
 * Who spends the time: `main` threads (extract, join, load), the thread pool that reads files, decoders, the
 * model, or the rest of the engine.
 */
export type ThreadKind = 'main' | 'read' | 'decode' | 'model' | 'engine';

const SAMPLE_MS = 100;

/** Runs a program to its end. One at a time: processor time is told apart by who ended meanwhile. */
export async function measure({ command, args, cwd, env = {} }: Program): Promise<Measured> {
  const before = readEndedChildren();
  const start = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-4000);
  });
  const sampler = startSampler(child.pid ?? 0);
  const code = await new Promise<number | null>((ended, failed) => {
    child.once('error', failed);
    child.once('close', ended);
  }).finally(() => sampler.stop());
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with code ${code}: ${stdout}${stderr}`);
  }
  const seconds = (performance.now() - start) / 1000;
  return { stdout, seconds, cpuMs: readEndedChildren() - before, ...sampler.summarise() };
}

function startSampler(root: number) {
  const resident: { at: number; bytes: number }[] = [];
  const threads = new Map<string, { kind: ThreadKind; cpuMs: number }>();
  const start = performance.now();
  const timer = setInterval(() => {
    const tree = listTree(root);
    const bytes = tree.reduce(
      (sum, pid) => sum + (readUsage(`/proc/${pid}`)?.residentBytes ?? 0),
      0,
    );
    resident.push({ at: (performance.now() - start) / 1000, bytes });
    for (const [id, { name, cpuMs }] of readThreads(tree)) {
      threads.set(id, { kind: kindOf(id, name), cpuMs });
    }
  }, SAMPLE_MS);
  return {
    stop: () => clearInterval(timer),
    summarise() {
      const threadMs = { main: 0, read: 0, decode: 0, model: 0, engine: 0 };
      for (const { kind, cpuMs } of threads.values()) threadMs[kind] += cpuMs;
      const peakBytes = resident.reduce((most, { bytes }) => Math.max(most, bytes), 0);
      return {
        threadMs,
        peakBytes,
        bytesPerSecond: fitSlope(resident),
        residentBytes: resident.map(({ bytes }) => bytes),
      };
    },
  };
}

/** Node names its threads; the model's and the decoder's are named by us. Peers' have other names. */
function kindOf(id: string, name: string): ThreadKind {
  const [pid, tid] = id.split('/');
  if (pid === tid || name === 'MainThread') return 'main';
  if (/vips|decode/i.test(name)) return 'decode';
  if (/libuv/i.test(name)) return 'read';
  return /V8|Signal|inspector|delay/i.test(name) ? 'engine' : 'model';
}

/** The steady part: the first third fills caches and pools, and at the end all is given back. */
function fitSlope(samples: readonly { at: number; bytes: number }[]): number {
  const steady = samples.slice(Math.floor(samples.length / 3), -5);
  if (steady.length < 10) return 0;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const at = mean(steady.map((sample) => sample.at));
  const bytes = mean(steady.map((sample) => sample.bytes));
  const covariance = steady.reduce((sum, s) => sum + (s.at - at) * (s.bytes - bytes), 0);
  return covariance / steady.reduce((sum, s) => sum + (s.at - at) ** 2, 0);
}
