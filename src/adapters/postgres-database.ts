import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { messageOf, NightjarError } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { packagePath } from './package-files.ts';

/** Something statements run on: the pool, or one transaction's client. */
export interface Queryable {
  query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>>;
}

/** The connection pool of one process. */
export interface Database extends Queryable {
  /** Runs `work` in one transaction on one client: commits when it resolves, rolls back when it throws. */
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
  /** A client of its own, for session-level locks; the caller releases it. */
  connect(): Promise<PoolClient>;
  /** Waits for clients in use and closes every connection; a server that answers has none open afterwards. */
  close(): Promise<void>;
}

/** How to reach the database. */
export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most. Default 8. */
  readonly poolSize?: number;
  readonly log: Log;
}

/** SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock. */
const RETRYABLE_SQLSTATES = new Set(['40001', '40P01']);
const TRANSACTION_ATTEMPTS = 3;
const DISK_FULL = '53100';
const CONNECTION_TIMEOUT_MS = 10_000;
/** A server that is gone without a word never answers a goodbye. */
const CLOSE_WITHIN_MS = 5000;

/** Opens the pool and proves that the database answers. @throws DATABASE_UNREACHABLE */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize ?? 8,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    application_name: 'nightjar',
  });
  // Without these listeners the drop of an idle or a checked-out connection ends the process.
  const onError = (error: Error) =>
    options.log.warn('database connection lost', { error: messageOf(error) });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  const close = closeCompletely(pool);
  try {
    await pool.query('select 1');
  } catch (error) {
    await close();
    throw unreachable(options.url, error);
  }
  const patiently = <T>(work: () => Promise<T>) => waitOutRestart(work, options);
  return {
    query: (text, values) => patiently(() => pool.query(text, values)),
    transaction: (work) => patiently(() => retryTransaction(pool, work)),
    connect: () => patiently(() => pool.connect()),
    close,
  };
}

/**
 * `pool.end` resolves when it has said goodbye on each connection, not when the server has closed it.
 * Whoever stops the server right after would cut off connections still open, as would another process.
 */
function closeCompletely(pool: Pool): () => Promise<void> {
  const open = new Set<Promise<void>>();
  pool.on('connect', (client) => {
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    open.add(ended);
    ended.then(() => open.delete(ended));
  });
  return async () => {
    await pool.end();
    await Promise.race([Promise.all(open), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  };
}

/** Waits between tries after the server went away: half a minute in all, as a restart or a failover takes. */
const RESTART_WAITS_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000];

/**
 * Tries again while the server is away. Whether a statement was committed before the connection
 * broke is not known, so everything that is sent must bear being sent twice: change nothing more, or
 * fail on a unique key, as the manifest's shards do.
 */
async function waitOutRestart<T>(
  work: () => Promise<T>,
  { url, log }: DatabaseOptions,
): Promise<T> {
  for (const waitMs of RESTART_WAITS_MS) {
    try {
      return await work();
    } catch (error) {
      if (sqlStateOf(error) === DISK_FULL) throw full(url, error);
      if (!isConnectionLoss(error)) throw error;
      log.warn('database away, trying again', { error: messageOf(error), waitMs });
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  try {
    return await work();
  } catch (error) {
    throw isConnectionLoss(error) ? lost(url, error) : error;
  }
}

/** The text of `sql/queries/NAME.sql`. */
export function sql(name: string): string {
  const known = statements.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(packagePath(`sql/queries/${name}.sql`), 'utf8');
  statements.set(name, text);
  return text;
}

const statements = new Map<string, string>();

/** A database URL that can be shown: without its password. */
function redactUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    return parsed.href;
  } catch {
    return '(not a URL)';
  }
}

/** Connection errors of `pg` itself, which gives them no code. */
const PG_LOSSES = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
];

/** The server went away: its own SQLSTATE for that, the operating system's code, or `pg`'s text. */
function isConnectionLoss(error: unknown): boolean {
  const code = sqlStateOf(error);
  return (
    /^(08|57P0)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT'].includes(code) ||
    (error instanceof Error && PG_LOSSES.some((text) => error.message.startsWith(text)))
  );
}

function full(url: string, error: unknown): NightjarError {
  return new NightjarError(
    'DATABASE_FULL',
    `The PostgreSQL server at ${redactUrl(url)} has no room left: ${messageOf(error)}. ` +
      'Make room on its disk and run again; what was committed is kept.',
    { cause: error },
  );
}

function lost(url: string, error: unknown): NightjarError {
  return new NightjarError(
    'DATABASE_UNREACHABLE',
    `The PostgreSQL server at ${redactUrl(url)} went away: ${messageOf(error)}. ` +
      'What was committed is kept; run again once it is back.',
    { cause: error },
  );
}

function unreachable(url: string, error: unknown): NightjarError {
  return new NightjarError(
    'DATABASE_UNREACHABLE',
    `Expected a PostgreSQL server at ${redactUrl(url)} but: ${messageOf(error)}. ` +
      'Check DATABASE_URL, or unset it to use the embedded database.',
    { cause: error },
  );
}

async function retryTransaction<T>(
  pool: Pool,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runTransaction(pool, work);
    } catch (error) {
      if (attempt === TRANSACTION_ATTEMPTS || !RETRYABLE_SQLSTATES.has(sqlStateOf(error))) {
        throw error;
      }
    }
  }
}

async function runTransaction<T>(pool: Pool, work: (client: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // What the connection died of; statements on it afterwards fail with a text that does not tell.
  const onLoss = (error: Error) => {
    broken = error;
  };
  client.once('error', onLoss);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken ??= rollbackError;
    });
    throw broken && isConnectionLoss(broken) ? broken : error;
  } finally {
    client.removeListener('error', onLoss);
    client.release(broken);
  }
}

/** The SQLSTATE of a database error, or an empty string. */
export function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
