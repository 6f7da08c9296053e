import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Database,
  type DatabaseOptions,
  openDatabase,
  withoutTimeout,
} from '../../src/adapters/postgres-database.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy.ts';

const TIMEOUT_MS = 400;

let server: TestDatabase;
let proxy: TcpProxy;
let database: Database;
beforeEach(async () => {
  server = await createTestDatabase();
  await server.database.query('create table public.notes (id integer primary key, text text)');
  proxy = await startTcpProxy(Number(new URL(server.url).port));
  database = await open();
});
afterEach(async () => {
  await database.close();
  await proxy.close();
  await server.drop();
});

function open(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const url = proxy.through(server.url);
  return openDatabase({ url, timeoutMs: TIMEOUT_MS, log: silentLog, ...options });
}

const pidOf = async (from: Database) =>
  (await from.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

const notes = async () =>
  (await server.database.query('select id, text from public.notes order by id')).rows;

/** What a batch does: rows that are there already stay as they are. */
const write = (id: number) =>
  database.transaction(async (client) => {
    await client.query('insert into public.notes values ($1, $2) on conflict do nothing', [
      id,
      'x',
    ]);
    return id;
  });

test('a connection that falls silent counts as lost: the statement is sent again on another', async () => {
  const before = await pidOf(database);
  proxy.stall();
  const asked = pidOf(database);
  setTimeout(() => proxy.cut('rst'), 3 * TIMEOUT_MS); // what was held is never delivered
  setTimeout(() => proxy.release(), 3 * TIMEOUT_MS);
  expect(await asked).not.toBe(before);
});

test('a pool whose every connection is silent is used up for a while, and not for ever', async () => {
  const small = await open({ poolSize: 2 });
  await Promise.all([1, 2].map(() => small.query('select pg_sleep(0.1)')));
  proxy.stall();
  const asked = Promise.all([1, 2, 3, 4, 5].map(() => small.query('select 1')));
  setTimeout(() => proxy.release(), 2 * TIMEOUT_MS);
  expect(await asked).toHaveLength(5);
  await small.close();
});

test('a commit whose answer is lost is sent again and leaves one row', async () => {
  await write(1);
  const swallowed = proxy.swallowAnswerTo('commit');
  const writing = write(2);
  await swallowed;
  await expect.poll(notes).toEqual([1, 2].map((id) => ({ id, text: 'x' }))); // it was committed
  expect(await writing).toBe(2);
  expect(await notes()).toEqual([1, 2].map((id) => ({ id, text: 'x' })));
});

test('a transaction that falls silent midway is given up by the server too: its locks do not stop the next try', async () => {
  const swallowed = proxy.swallowAnswerTo('insert into');
  const writing = write(1);
  await swallowed;
  expect(await writing).toBe(1);
  expect(await notes()).toEqual([{ id: 1, text: 'x' }]);
});

test('a client with work that takes its time is left in peace', async () => {
  const client = await database.connect();
  const slow = `select pg_sleep(${(2 * TIMEOUT_MS) / 1000}), 7 as answer`;
  const { rows } = await withoutTimeout(client).query<{ answer: number }>(slow);
  expect(rows[0]?.answer).toBe(7);
  client.release();
});

test('closing does not wait for a client whose connection broke in its holder’s hands', async () => {
  const other = await open();
  const held = await other.connect();
  held.on('error', () => {});
  proxy.cut('rst');
  await other.close();
  held.release();
});

test('a first answer is waited for a few seconds, as the server may be starting', async () => {
  proxy.refuse();
  const opening = open();
  setTimeout(() => proxy.accept(), 600);
  const opened = await opening;
  expect(await pidOf(opened)).toBeGreaterThan(0);
  await opened.close();
});
