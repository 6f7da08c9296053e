import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openEmbeddedPostgres } from '../../src/adapters/embedded-postgres.ts';
import { findServerProgram } from '../../src/adapters/embedded-server-program.ts';
import { createTempFolder } from './temp-folder.ts';

/** A PostgreSQL server of one test's own, to be killed. */
export interface OwnPostgres {
  /** The database `postgres`, empty at first. The same after every start. */
  readonly url: string;
  /** SIGKILL to the server and to every process of it, as when the machine loses its power. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; resolves when it has recovered. */
  start(): Promise<void>;
  /** Stops it, if it runs, and removes its data. */
  remove(): Promise<void>;
}

/** Makes a server in a temporary folder and starts it: about a second. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const home = await createTempFolder('nightjar-own-');
  const { url, release } = await openEmbeddedPostgres(home);
  const program = await findServerProgram(join(home, 'postgres'));
  const options = { ...program.account, cwd: '/' };
  const { port } = new URL(url);
  return {
    url,
    async kill() {
      const [pid] = (await readFile(join(program.data, 'postmaster.pid'), 'utf8')).split('\n');
      const all = [Number(pid), ...(await listChildren(Number(pid)))];
      for (const one of all) signal(one, 'SIGKILL');
      // The next server does not start while one of them is still there, if only to be buried.
      while (all.some((one) => signal(one, 0))) await new Promise((wait) => setTimeout(wait, 20));
    },
    async start() {
      const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
      const args = [`--pgdata=${program.data}`, 'start', '--wait', `--log=${program.log}`];
      await promisify(execFile)(program.pgCtl, [...args, `--options=${settings}`], options);
    },
    async remove() {
      await release();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function listChildren(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, ppid]) => ppid === parent).map(([pid = 0]) => pid);
}

/** @returns whether the process was there: a child may have gone with its parent */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}
