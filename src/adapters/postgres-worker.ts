import { hostname } from 'node:os';
import type { Database } from './postgres-database.ts';
import type { SessionLock, SessionLocks } from './session-locks.ts';

/** This process, as others see it who work the same shards. */
export class PostgresWorker {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  #registered: Promise<{ readonly id: string; readonly lock: SessionLock }> | null = null;

  constructor(database: Database, locks: SessionLocks) {
    this.#database = database;
    this.#locks = locks;
  }

  /** Its id; registered when it is first asked for, as most commands never claim a shard. */
  async id(): Promise<string> {
    this.#registered ??= this.#register().catch((error: unknown) => {
      this.#registered = null; // the database may come back
      throw error;
    });
    return (await this.#registered).id;
  }

  /** Says goodbye. Where the database is away it is simply found dead: nothing is left that runs on. */
  async close(): Promise<void> {
    const registered = await this.#registered?.catch(() => null);
    if (!registered) return;
    const { id, lock } = registered;
    await this.#database
      .query('update nightjar.workers set ended_at = now() where id = $1', [id])
      .catch(() => {});
    await lock.release().catch(() => {});
  }

  async #register() {
    const { rows } = await this.#database.query<{ id: string }>(
      'insert into nightjar.workers (host, pid) values ($1, $2) returning id::text as id',
      [hostname(), process.pid],
    );
    const id = rows[0]?.id ?? '';
    const lock = await this.#locks.take('worker', id);
    if (!lock) throw new Error(`somebody else holds the lock of worker ${id}`);
    return { id, lock };
  }
}
