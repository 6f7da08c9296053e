import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ClientBase,
  Pool,
  type PoolClient,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
} from 'pg';
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { packagePath } from './package-files.ts';
import { awaitFirstAnswer, isConnectionLoss, Patience, sqlStateOf } from './postgres-losses.ts';

export { sqlStateOf } from './postgres-losses.ts';

/** Something statements run on: the pool, or one transaction's client. */
export interface Queryable {
  query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>>;
}

/** The connection pool of one process. */
export interface Database extends Queryable {
  /**
   * Runs `work` in one transaction on one client: commits when it resolves, rolls back when it
   * throws. Where the answer to the commit is lost it is run again, so it must bear being run twice.
   */
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
  /**
   * Milliseconds without an answer after which a connection counts as lost and the statement is sent
   * again on another. Default 60,000; `withoutTimeout` is for statements that may take longer.
   */
  readonly timeoutMs?: number;
  /** Sessions that only read, as the role `nightjar_api` where there is one. Default: they may write. */
  readonly reader?: ReaderOptions;
  readonly log: Log;
}

/** Bounds on sessions that only read. */
export interface ReaderOptions {
  /** Milliseconds after which the server gives a statement up, SQLSTATE 57014. */
  readonly statementTimeoutMs: number;
}

/** SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock. */
const RETRYABLE_SQLSTATES = new Set(['40001', '40P01']);
const TRANSACTION_ATTEMPTS = 3;
const CONNECTION_TIMEOUT_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 60_000;
/** The longest that a timer of Node's can be: 25 days. */
const NEVER_MS = 2 ** 31 - 1;
const KEEP_ALIVE_MS = 30_000;
/** Who asks over HTTP asks again by itself; once more makes up for connections that broke while idle. */
const READER_WAITS_MS = [100];
/** A server that is gone without a word never answers a goodbye. */
const CLOSE_WITHIN_MS = 5000;

/** Opens the pool and proves that the database answers. @throws DATABASE_UNREACHABLE */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const sockets = new Set<Socket>();
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize ?? 8,
    connectionTimeoutMillis: Math.min(CONNECTION_TIMEOUT_MS, timeoutMs),
    query_timeout: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    stream: () => track(new Socket(), sockets),
    onConnect: async (client) => {
      await limitSession(client, timeoutMs);
      if (options.reader) await becomeReader(client, options.reader);
    },
    application_name: 'nightjar',
  });
  // Without these listeners the drop of an idle or a checked-out connection ends the process.
  const onError = (error: Error) =>
    options.log.warn('database connection lost', { error: messageOf(error) });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  const close = async () => {
    const closed = Promise.all(
      [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    // Who holds a client whose connection broke need not have noticed: it is not waited for.
    await Promise.race([pool.end(), closed]);
    // `end` has said goodbye by then, and the server need not have closed: whoever stopped it right
    // after would cut off connections still open.
    await Promise.race([closed, sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    // A silent server does not answer: that must not keep the process from ending.
    for (const socket of sockets) socket.unref();
  };
  try {
    await awaitFirstAnswer(() => pool.query('select 1'), options);
  } catch (error) {
    await close();
    throw error;
  }
  const patience = new Patience({
    ...options,
    ...(options.reader && { waitsMs: READER_WAITS_MS }),
  });
  return {
    query: (text, values) => patience.with(() => pool.query(text, values)),
    transaction: (work) => patience.with(() => retryTransaction(pool, work)),
    connect: () => patience.with(() => pool.connect()),
    close,
  };
}

/** Statements on `client` may take as long as they like: imports, migrations, waiting for a lock. */
export function withoutTimeout(client: PoolClient): Queryable {
  return {
    query: (text, values) =>
      client.query({ text, values, query_timeout: NEVER_MS } as QueryConfig<unknown[]>),
  };
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

/**
 * Lets the server forget a client it cannot hear any more: its open transaction, whose rows would
 * keep the next try waiting, and after a minute its session, whose locks say that it is alive.
 */
async function limitSession(client: ClientBase, timeoutMs: number): Promise<void> {
  await client.query(
    `select set_config('idle_in_transaction_session_timeout', $1, false),
       set_config('tcp_keepalives_idle', '30', false),
       set_config('tcp_keepalives_interval', '10', false),
       set_config('tcp_keepalives_count', '3', false)`,
    [String(timeoutMs)],
  );
}

/** What a program that only reads could break is nothing then, whatever it is made to send. */
async function becomeReader(
  client: ClientBase,
  { statementTimeoutMs }: ReaderOptions,
): Promise<void> {
  await client.query(
    `select set_config('default_transaction_read_only', 'on', false),
       set_config('statement_timeout', $1, false), set_config('jit', 'off', false),
       -- What is read often is in memory, where an index costs no more than a table.
       set_config('random_page_cost', '1.1', false)`,
    [String(statementTimeoutMs)],
  );
  const { rows } = await client.query<{ there: boolean }>(
    `select exists (select from pg_roles where rolname = 'nightjar_api'
       and pg_has_role(current_user, oid, 'member')) as there`,
  );
  if (rows[0]?.there) await client.query('set role nightjar_api');
}

function track(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
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
    // On a lost connection a rollback would only wait as long again; the server does it by itself.
    if (isConnectionLoss(error)) broken ??= error as Error;
    else {
      await client.query('rollback').catch((rollbackError: Error) => {
        broken ??= rollbackError;
      });
    }
    throw broken && isConnectionLoss(broken) ? broken : error;
  } finally {
    client.removeListener('error', onLoss);
    client.release(broken);
  }
}
