import { messageOf, NightjarError } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/** Where the server is, for messages, and where its absence is told. */
export interface LossOptions {
  readonly url: string;
  readonly log: Log;
  /** Waits between tries after the server went away. Default: half a minute in all. */
  readonly waitsMs?: readonly number[];
}

/** Waits between tries after the server went away: half a minute in all, as a restart or a failover takes. */
const RESTART_WAITS_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000];
/** The same before a first answer: four seconds, as it may be the address that is wrong. */
const OPENING_WAITS_MS = RESTART_WAITS_MS.slice(0, 4);
/** Each has cost the whole of `databaseTimeoutMs` already: a server that is silent so often is away. */
const TIMEOUTS_AT_MOST = 3;
const DISK_FULL = '53100';
/** What `pg` says when an answer does not come within its `query_timeout`. */
const QUERY_TIMEOUT = 'Query read timeout';

/** Connection errors of `pg` itself, which gives them no code. */
const PG_LOSSES = [
  QUERY_TIMEOUT,
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  // Every connection of the pool waits for a silent server, or a new one is not answered.
  'timeout exceeded when trying to connect',
  'timeout expired',
];
const SYSTEM_LOSSES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/**
 * Tries again while the server is away, be it that connections break or that they fall silent. Whether
 * a statement was committed before the connection broke is not known, so everything that is sent must
 * bear being sent twice: change nothing more, or fail on a unique key, as the manifest's shards do.
 *
 * Who has waited in vain does not wait again before the server has answered once: a run that ends
 * for want of its database has several things to put away, and each would wait as long.
 */
export class Patience {
  readonly #options: LossOptions;
  #exhausted = false;

  constructor(options: LossOptions) {
    this.#options = options;
  }

  /** @throws DATABASE_FULL, DATABASE_UNREACHABLE */
  async with<T>(work: () => Promise<T>): Promise<T> {
    const { url, log, waitsMs = RESTART_WAITS_MS } = this.#options;
    try {
      const result = await tryAgain(work, this.#exhausted ? [] : waitsMs, log);
      this.#exhausted = false;
      return result;
    } catch (error) {
      if (sqlStateOf(error) === DISK_FULL) throw full(url, error);
      if (!isConnectionLoss(error)) throw error;
      this.#exhausted = true;
      throw lost(url, error);
    }
  }
}

/** Waits for a first answer of the server. @throws DATABASE_UNREACHABLE */
export async function awaitFirstAnswer<T>(
  work: () => Promise<T>,
  { url, log }: LossOptions,
): Promise<T> {
  try {
    return await tryAgain(work, OPENING_WAITS_MS, log);
  } catch (error) {
    throw unreachable(url, error);
  }
}

async function tryAgain<T>(
  work: () => Promise<T>,
  waitsMs: readonly number[],
  log: Log,
): Promise<T> {
  let timeouts = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (isQueryTimeout(error)) timeouts++;
      const waitMs = waitsMs[attempt];
      const hopeless = waitMs === undefined || timeouts === TIMEOUTS_AT_MOST;
      if (hopeless || !isConnectionLoss(error)) throw error;
      log.warn('database away, trying again', { error: messageOf(error), waitMs });
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** The server went away: its own SQLSTATE for that, the operating system's code, or `pg`'s text. */
export function isConnectionLoss(error: unknown): boolean {
  const code = sqlStateOf(error);
  return (
    /^(08|57P0)/.test(code) ||
    SYSTEM_LOSSES.includes(code) ||
    (error instanceof Error && PG_LOSSES.some((text) => error.message.startsWith(text)))
  );
}

/** The SQLSTATE of a database error, or an empty string. */
export function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** A server that did not answer when it was first asked. */
function unreachable(url: string, error: unknown): NightjarError {
  return new NightjarError(
    'DATABASE_UNREACHABLE',
    `Expected a PostgreSQL server at ${redactUrl(url)} but: ${messageOf(error)}. ` +
      'Check DATABASE_URL, or unset it to use the embedded database.',
    { cause: error },
  );
}

function isQueryTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith(QUERY_TIMEOUT);
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
