import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chown,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';
import { messageOf, NightjarError } from '../domain/errors.ts';
import {
  findServerProgram,
  type ServerAccount,
  type ServerProgram,
} from './embedded-server-program.ts';

/** This process's share in the embedded server. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Whether it was made just now, empty. */
  readonly isNew: boolean;
  /** Gives the share back; the last process out stops the server. */
  release(): Promise<void>;
}

/** Where the embedded server keeps its things, below nightjar's home. */
interface Layout {
  readonly root: string;
  readonly clients: string;
  readonly passwordFile: string;
  readonly portFile: string;
}

const USER = 'nightjar';
/** The share of nobody, which keeps the server running when the last process goes. */
const KEPT = 'kept';
const START_TIMEOUT_SECONDS = 60;
const LOCK_OPTIONS = { stale: 60_000, retries: { retries: 240, minTimeout: 250, maxTimeout: 250 } };

let shares = 0;

/**
 * Starts the embedded PostgreSQL under `home`, or joins it where another process has it running.
 * It outlives a killed process; the next one to come and go stops it.
 */
export async function openEmbeddedPostgres(home: string): Promise<EmbeddedPostgres> {
  const layout = await prepareLayout(home);
  const share = join(layout.clients, `${process.pid}-${++shares}`);
  const isNew = !(await findServerProgram(layout.root)).initialised;
  const url = await withLock(layout, async () => {
    await writeFile(share, '');
    try {
      return await start(layout);
    } catch (error) {
      await rm(share, { force: true });
      throw new NightjarError(
        'DATABASE_UNREACHABLE',
        `Expected the embedded PostgreSQL under ${layout.root} to start but: ${messageOf(error)}. ` +
          `${await readLogTail(layout)}Or set DATABASE_URL to a server of your own.`,
        { cause: error },
      );
    }
  });
  return {
    url,
    isNew,
    release: () =>
      withLock(layout, async () => {
        await rm(share, { force: true });
        if ((await listLiveShares(layout)).length === 0) await stop(layout);
      }),
  };
}

/** Starts the embedded server and leaves it running until `stopEmbeddedPostgres`. @returns its URL */
export async function keepEmbeddedPostgres(home: string): Promise<string> {
  const { url, release } = await openEmbeddedPostgres(home);
  const layout = await prepareLayout(home);
  await writeFile(join(layout.clients, KEPT), '');
  await release();
  return url;
}

/**
 * Stops the embedded server.
 *
 * @param force also where other processes use it
 * @returns false when it was not running
 * @throws USAGE when others use it
 */
export async function stopEmbeddedPostgres(home: string, force: boolean): Promise<boolean> {
  const layout = await prepareLayout(home);
  return withLock(layout, async () => {
    const users = (await listLiveShares(layout)).filter((file) => file !== KEPT);
    if (users.length > 0 && !force) {
      const pids = users.map((file) => file.split('-')[0]).join(', ');
      throw new NightjarError(
        'USAGE',
        `Expected nobody to use the embedded PostgreSQL but process ${pids} does. End it first, or add --force.`,
      );
    }
    await rm(join(layout.clients, KEPT), { force: true });
    return stop(layout);
  });
}

async function prepareLayout(home: string): Promise<Layout> {
  const root = join(home, 'postgres');
  const clients = join(root, 'clients');
  try {
    await mkdir(clients, { recursive: true });
    await access(clients, constants.W_OK);
    await access(root, constants.W_OK);
  } catch (error) {
    throw new NightjarError(
      'CONFIGURATION_INVALID',
      `Expected to write the embedded database to ${root} but: ${messageOf(error)}. ` +
        'Make the folder writable, set NIGHTJAR_HOME to another, or DATABASE_URL to a server.',
      { cause: error },
    );
  }
  return {
    root,
    clients,
    passwordFile: join(root, 'password'),
    portFile: join(root, 'port'),
  };
}

async function withLock<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  const unlock = await lock(layout.root, LOCK_OPTIONS);
  try {
    return await work();
  } finally {
    await unlock();
  }
}

async function start(layout: Layout): Promise<string> {
  const program = await findServerProgram(layout.root);
  const password = await initialise(layout, program);
  if (!(await isRunning(program))) {
    const port = await findFreePort();
    await writeFile(layout.portFile, String(port));
    await controlServer(program, [
      'start',
      '--wait',
      `--timeout=${START_TIMEOUT_SECONDS}`,
      `--log=${program.log}`,
      `--options=-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
    ]);
  }
  const port = (await readFile(layout.portFile, 'utf8')).trim();
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`;
}

/** The server's last words, which say more than pg_ctl does. */
async function readLogTail(layout: Layout): Promise<string> {
  const { log } = await findServerProgram(layout.root);
  const text = await readFile(log, 'utf8').catch(() => '');
  const tail = text.trim().split('\n').slice(-3).join('\n  ');
  return tail ? `The end of ${log}:\n  ${tail}\n` : '';
}

async function stop(layout: Layout): Promise<boolean> {
  const program = await findServerProgram(layout.root);
  if (!(await isRunning(program))) return false;
  await controlServer(program, ['stop', '--wait', '--mode=fast']);
  return true;
}

/** Creates the cluster beside its final place and moves it there, so that a half-made one never counts. */
async function initialise(layout: Layout, program: ServerProgram): Promise<string> {
  if (program.initialised) return (await readFile(layout.passwordFile, 'utf8')).trim();
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
  await writeFile(layout.passwordFile, password, { mode: 0o600 });
  await rename(fresh, program.data);
  return password;
}

async function isRunning(program: ServerProgram): Promise<boolean> {
  try {
    await controlServer(program, ['status']);
    return true;
  } catch {
    return false; // pg_ctl's status has no other way to say so than its exit code
  }
}

async function controlServer(program: ServerProgram, args: string[]): Promise<void> {
  await runAs(program.account, program.pgCtl, [`--pgdata=${program.data}`, ...args]);
}

async function runAs(account: ServerAccount | null, file: string, args: string[]): Promise<void> {
  const options = { ...account, cwd: '/', timeout: (START_TIMEOUT_SECONDS + 10) * 1000 };
  await promisify(execFile)(file, args, options);
}

async function listLiveShares(layout: Layout): Promise<string[]> {
  const shareFiles = await readdir(layout.clients);
  const dead = shareFiles.filter((file) => file !== KEPT && !isAlive(Number(file.split('-')[0])));
  await Promise.all(dead.map((file) => rm(join(layout.clients, file), { force: true })));
  return shareFiles.filter((file) => !dead.includes(file));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
