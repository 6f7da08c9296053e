import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ServerAccount, ServerProgram } from './embedded-server-program.ts';

/** A server's process, as its `postmaster.pid` tells. */
interface Postmaster {
  readonly port: number;
  /** PostgreSQL's own word: `starting`, `ready`, `stopping`. */
  readonly status: string;
}

export const USER = 'nightjar';
const START_TIMEOUT_SECONDS = 60;
/** A free port may be taken by another before the server has it, and a killed server's backends linger. */
const START_ATTEMPTS = 3;
const RETRY_WAIT_MS = 1000;
const POLL_MS = 100;
/** Refused connections in a row after which a process with the server's id is another program. */
const MAX_REFUSALS = 30;

/**
 * Creates the cluster where there is none and starts the server where it does not run. One that was
 * killed recovers by itself; one that somebody else's killed process left starting or stopping is
 * waited for.
 *
 * @param portFile keeps the port for the next start, so that who waits for the server finds it there
 * @returns the port
 */
export async function startServer(program: ServerProgram, portFile: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const running = await findRunningPort(program);
    if (running !== null) return running;
    const lastPort = attempt === 1 ? await readLastPort(portFile) : 0;
    const port = await findFreePort(lastPort).catch(() => findFreePort(0));
    try {
      await controlServer(program, [
        'start',
        '--wait',
        `--timeout=${START_TIMEOUT_SECONDS}`,
        `--log=${program.log}`,
        `--options=-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
      ]);
      await writeFile(portFile, String(port));
      return port;
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(RETRY_WAIT_MS);
    }
  }
}

/** Stops the server and cuts off whoever is connected. @returns false when it was not running */
export async function stopServer(program: ServerProgram): Promise<boolean> {
  const postmaster = await findPostmaster(program);
  if (!postmaster || !(await isListening(postmaster.port))) return false;
  await controlServer(program, ['stop', '--wait', '--mode=fast']);
  return true;
}

/**
 * Creates the cluster beside its final place and moves it there, so that a half-made one never counts.
 *
 * @returns the password of `USER`
 */
export async function initialise(program: ServerProgram, passwordFile: string): Promise<string> {
  if (program.initialised) return (await readFile(passwordFile, 'utf8')).trim();
  const password = randomBytes(18).toString('base64url');
  const fresh = `${program.data}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await writeFile(program.initialPassword, password, { mode: 0o600 });
  if (program.account) {
    await chown(fresh, program.account.uid, program.account.gid);
    await chown(program.initialPassword, program.account.uid, program.account.gid);
  }
  await runAs(program.account, program.initdb, [
    `--pgdata=${fresh}`,
    `--username=${USER}`,
    `--pwfile=${program.initialPassword}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
  ]);
  await rm(program.initialPassword);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await rename(fresh, program.data);
  return password;
}

/** Waits until the server is either ready or gone. @returns its port, or null */
async function findRunningPort(program: ServerProgram): Promise<number | null> {
  const deadline = Date.now() + START_TIMEOUT_SECONDS * 1000;
  for (let refusals = 0; ; await sleep(POLL_MS)) {
    const postmaster = await findPostmaster(program);
    if (!postmaster) return null;
    const { port, status } = postmaster;
    const listening = await isListening(port);
    if (listening && status === 'ready') return port;
    refusals = listening ? 0 : refusals + 1;
    if (refusals > MAX_REFUSALS) {
      // Left behind by a crash or a power cut. Were it alive, its shared memory would refuse a second one.
      await rm(pidFileOf(program), { force: true });
      return null;
    }
    if (Date.now() > deadline) {
      throw new Error(`the server is ${status} for ${START_TIMEOUT_SECONDS} s`);
    }
  }
}

/** The process that `postmaster.pid` names, where there is one with that id. */
async function findPostmaster(program: ServerProgram): Promise<Postmaster | null> {
  try {
    await controlServer(program, ['status']);
  } catch {
    return null; // pg_ctl's status has no other way to say so than its exit code
  }
  const lines = (await readFile(pidFileOf(program), 'utf8').catch(() => '')).split('\n');
  return { port: Number(lines[3]) || 0, status: lines[7]?.trim() ?? 'starting' };
}

function pidFileOf(program: ServerProgram): string {
  return join(program.data, 'postmaster.pid');
}

async function controlServer(program: ServerProgram, args: string[]): Promise<void> {
  await runAs(program.account, program.pgCtl, [`--pgdata=${program.data}`, ...args]);
}

async function runAs(account: ServerAccount | null, file: string, args: string[]): Promise<void> {
  const options = { ...account, cwd: '/', timeout: (START_TIMEOUT_SECONDS + 10) * 1000 };
  await promisify(execFile)(file, args, options);
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function readLastPort(portFile: string): Promise<number> {
  return Number(await readFile(portFile, 'utf8').catch(() => '0')) || 0;
}

/** @param port 0 for any; throws where this one is taken */
async function findFreePort(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
