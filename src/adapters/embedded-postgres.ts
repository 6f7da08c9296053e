import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { initialise, startServer, stopServer, USER } from './embedded-server.ts';
import { findServerProgram, hasData } from './embedded-server-program.ts';
import { EmbeddedShares } from './embedded-shares.ts';

/** This process's share in the embedded server. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Whether it was made just now, empty. */
  readonly isNew: boolean;
  /** Gives the share back, after its connections are closed; the last process out stops the server. */
  release(): Promise<void>;
}

/** Where the embedded server keeps its things, below nightjar's home. */
interface Layout {
  readonly root: string;
  readonly shares: EmbeddedShares;
  readonly passwordFile: string;
  readonly portFile: string;
}

const LOCK_OPTIONS = {
  /** After so long the lock of a killed process is free. */
  stale: 10_000,
  /** Two minutes: who starts a server after a crash may take one. */
  retries: { retries: 480, minTimeout: 250, maxTimeout: 250 },
  /** This process stood still and another took the lock: going on is safer than dying in the middle. */
  onCompromised: () => {},
};

/**
 * Starts the embedded PostgreSQL under `home`, or joins it where another process has it running.
 * It outlives a killed process; the next one to come and go stops it.
 *
 * @throws DATABASE_UNREACHABLE where it does not start
 */
export async function openEmbeddedPostgres(home: string): Promise<EmbeddedPostgres> {
  const layout = await prepareLayout(home);
  try {
    return await withLock(layout, () => startOrJoin(layout));
  } catch (error) {
    if (error instanceof NightjarError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new NightjarError(
        'DATABASE_FULL',
        `Expected room for the embedded PostgreSQL under ${layout.root} but: ${messageOf(error)}. ` +
          'Make room on its disk, set NIGHTJAR_HOME to another, or DATABASE_URL to a server.',
        { cause: error },
      );
    }
    throw new NightjarError(
      'DATABASE_UNREACHABLE',
      `Expected the embedded PostgreSQL under ${layout.root} to start but: ${messageOf(error)}. ` +
        `${await readLogTail(layout)}Or set DATABASE_URL to a server of your own.`,
      { cause: error },
    );
  }
}

/** Whether there is an embedded database under `home`; makes nothing. */
export function hasEmbeddedPostgres(home: string): Promise<boolean> {
  return hasData(rootOf(home));
}

/** Starts the embedded server and leaves it running until `stopEmbeddedPostgres`. @returns its URL */
export async function keepEmbeddedPostgres(home: string): Promise<string> {
  const { url, release } = await openEmbeddedPostgres(home);
  const { shares } = await prepareLayout(home);
  await shares.keep();
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
    const users = await layout.shares.listUsers();
    if (users.length > 0 && !force) {
      throw new NightjarError(
        'USAGE',
        `Expected nobody to use the embedded PostgreSQL but process ${users.join(', ')} does. End it first, or add --force.`,
      );
    }
    await layout.shares.unkeep();
    return stop(layout);
  });
}

/** Takes the share first: who goes meanwhile, if this process dies here, sees that it is dead. */
async function startOrJoin(layout: Layout): Promise<EmbeddedPostgres> {
  const giveBack = await layout.shares.take();
  try {
    const program = await findServerProgram(layout.root);
    const password = await initialise(program, layout.passwordFile);
    const port = await startServer(program, layout.portFile);
    return {
      url: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`,
      isNew: !program.initialised,
      release: () => withLock(layout, () => leave(layout, giveBack)),
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function leave(layout: Layout, giveBack: () => Promise<void>): Promise<void> {
  await giveBack();
  const { shares } = layout;
  if ((await shares.isKept()) || (await shares.listUsers()).length > 0) return;
  await stop(layout);
}

async function stop(layout: Layout): Promise<boolean> {
  return stopServer(await findServerProgram(layout.root));
}

function rootOf(home: string): string {
  return join(home, 'postgres');
}

async function prepareLayout(home: string): Promise<Layout> {
  const root = rootOf(home);
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
    shares: new EmbeddedShares(clients),
    passwordFile: join(root, 'password'),
    portFile: join(root, 'port'),
  };
}

async function withLock<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  const unlock = await lock(layout.root, LOCK_OPTIONS);
  try {
    return await work();
  } finally {
    await unlock().catch(() => {}); // another took it
  }
}

/** The server's last words, which say more than pg_ctl does. */
async function readLogTail(layout: Layout): Promise<string> {
  const { log } = await findServerProgram(layout.root);
  const text = await readFile(log, 'utf8').catch(() => '');
  const tail = text.trim().split('\n').slice(-3).join('\n  ');
  return tail ? `The end of ${log}:\n  ${tail}\n` : '';
}
