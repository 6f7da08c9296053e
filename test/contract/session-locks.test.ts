import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOCKS, SessionLocks } from '../../src/adapters/session-locks.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let own: TestDatabase;
let locks: SessionLocks;
beforeEach(async () => {
  own = await createTestDatabase();
  locks = new SessionLocks(own.database);
});
afterEach(() => own.drop());

/** Every lock on a worker that a session has, as often as it has it. */
async function held(): Promise<{ id: number; pid: number }[]> {
  const { rows } = await own.database.query<{ id: number; pid: number }>(
    `select objid::integer as id, pid from pg_locks
     where locktype = 'advisory' and classid = $1 and database = (select oid from pg_database where datname = current_database())
     order by objid`,
    [LOCKS.worker],
  );
  return rows;
}

const ids = async () => (await held()).map(({ id }) => id);

async function breakConnection(): Promise<void> {
  const [lock] = await held();
  await own.database.query('select pg_terminate_backend($1)', [lock?.pid]);
}

test('are had by one at a time, and given back', async () => {
  const mine = await locks.take('worker', '1');
  expect(await locks.take('worker', '1')).toBeNull();
  expect(await new SessionLocks(own.database).take('worker', '1')).toBeNull();
  await mine?.release();
  expect(await held()).toEqual([]);
});

test('outlive their connection, also when another is asked for just as it breaks', async () => {
  const taken = [await locks.take('worker', '1'), await locks.take('worker', '2')];
  for (const id of ['3', '4']) {
    await breakConnection();
    taken.push(await locks.take('worker', id));
  }
  expect(taken).not.toContain(null);
  await expect.poll(ids, { timeout: 10_000 }).toEqual([1, 2, 3, 4]);
  for (const lock of taken) await lock?.release();
  expect(await held()).toEqual([]); // none was taken twice
});
