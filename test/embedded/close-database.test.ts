import { expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { silentLog } from '../helpers/silent-log.ts';

const countSockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

test('a closed database has no connection left, which stopping the server would cut off', async () => {
  const before = countSockets();
  const database = await openDatabase({ url: inject('serverUrl'), log: silentLog });
  await Promise.all([1, 2, 3].map(() => database.query('select pg_sleep(0.05)')));
  expect(countSockets()).toBe(before + 3);
  await database.close();
  expect(countSockets()).toBe(before);
});
