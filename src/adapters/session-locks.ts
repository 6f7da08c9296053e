import type { PoolClient } from 'pg';
import type { Database, Queryable } from './postgres-database.ts';
import { isConnectionLoss } from './postgres-losses.ts';

/** First halves of the advisory locks; the second half is the id of what is locked. */
export const LOCKS = {
  /** A run in a process's hands. */
  run: 1_852_401_512,
  /** Runs of one job being submitted; the second half is a hash of its name. */
  job: 1_852_401_513,
  /** A process that works shards. */
  worker: 1_852_401_514,
  /** Claims of a run with a bound on its active shards. */
  claims: 1_852_401_515,
  /** Photo ids of a source being drawn, shared, or its watermarks being settled, alone; a hash of its URL. */
  watermark: 1_852_401_516,
  /** The daily counts of a model version being made anew. */
  counts: 1_852_401_517,
} as const;

const RETAKE_WAIT_MS = 1000;
/** Connections that may break in a row; that there is one at all is waited for besides. */
const LOCK_TRIES = 8;

/** What locks are about. */
export type LockSpace = keyof typeof LOCKS;

/** A lock that is held. */
export interface SessionLock {
  release(): Promise<void>;
}

type Key = readonly [space: number, id: string];

/**
 * Advisory locks of one process, on one connection of their own: held as long as the process lives, and
 * gone all together in the moment it dies, without waiting for any heartbeat to grow old.
 */
export class SessionLocks {
  readonly #database: Database;
  readonly #held = new Set<Key>();
  /** Of these, what the connection of the moment holds: taken twice, it would have to be given back twice. */
  readonly #locked = new Set<Key>();
  /** Does nothing else; null where no lock is held, or while a lost connection is being replaced. */
  #client: PoolClient | null = null;
  #retaking = false;
  /** One thing at a time is done with the connection. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes a lock, or gives null when it is held, by another process or this one. */
  take(space: LockSpace, id: string): Promise<SessionLock | null> {
    return this.#inTurn(async () => {
      const key: Key = [LOCKS[space], id];
      // The server would give it to the same connection once more.
      if ([...this.#held].some(([half, other]) => half === key[0] && other === id)) return null;
      if (!(await this.#tryLockAgain(key))) {
        this.#letClientGo();
        return null;
      }
      this.#held.add(key);
      return { release: () => this.#inTurn(() => this.#release(key)) };
    });
  }

  async #release(key: Key): Promise<void> {
    this.#held.delete(key);
    this.#locked.delete(key);
    try {
      await this.#client?.query('select pg_advisory_unlock($1, $2::integer)', [...key]);
      this.#letClientGo();
    } catch {
      this.#onLoss(); // the connection is gone, and its locks with it
    }
  }

  /** On another connection where one breaks; what was held on that is taken again as well. */
  async #tryLockAgain(key: Key): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#tryLock(key);
      } catch (error) {
        if (this.#held.size > 0) this.#retakeSoon(0);
        if (attempt === LOCK_TRIES || !isConnectionLoss(error)) throw error;
      }
    }
  }

  async #tryLock(key: Key): Promise<boolean> {
    this.#client ??= await this.#connect();
    try {
      const { rows } = await this.#client.query<{ taken: boolean }>(
        'select pg_try_advisory_lock($1, $2::integer) as taken',
        [...key],
      );
      const taken = rows[0]?.taken ?? false;
      if (taken) this.#locked.add(key);
      return taken;
    } catch (error) {
      this.#dropClient();
      throw error;
    }
  }

  async #connect(): Promise<PoolClient> {
    const client = await this.#database.connect();
    client.once('error', this.#onLoss);
    return client;
  }

  #letClientGo(): void {
    if (this.#held.size > 0 || !this.#client) return;
    this.#client.removeListener('error', this.#onLoss);
    this.#client.release();
    this.#client = null;
  }

  #dropClient(): void {
    this.#locked.clear();
    this.#client?.removeListener('error', this.#onLoss);
    this.#client?.release(true);
    this.#client = null;
  }

  readonly #onLoss = (): void => {
    this.#dropClient();
    this.#retakeSoon(0);
  };

  /**
   * The connection broke: takes the locks again, so that their owner still counts as alive. A server
   * that has not noticed the break holds them for the lost connection a while, and one that is away
   * comes back.
   */
  #retakeSoon(waitMs: number): void {
    if (this.#retaking) return;
    this.#retaking = true;
    const again = () => {
      this.#retaking = false;
      this.#retakeSoon(RETAKE_WAIT_MS);
    };
    setTimeout(() => {
      this.#inTurn(async () => {
        for (const key of this.#held) {
          if (!this.#locked.has(key) && !(await this.#tryLock(key))) return false;
        }
        this.#retaking = false;
        return true;
      }).then((complete) => complete || again(), again);
    }, waitMs).unref();
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(action);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

/**
 * Whether nobody holds the lock: its owner is dead. Asked inside a transaction, which keeps it
 * meanwhile; shared, so that two who ask at once do not take each other for the owner.
 */
export async function isFree(client: Queryable, space: LockSpace, id: string): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(
    'select pg_try_advisory_xact_lock_shared($1, $2::integer) as free',
    [LOCKS[space], id],
  );
  return rows[0]?.free ?? false;
}
