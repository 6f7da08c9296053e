import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  keepEmbeddedPostgres,
  openEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../src/adapters/embedded-postgres.ts';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

let home: string;
/** A program that lives, and has nothing to do with PostgreSQL, run as the server's own account. */
let stranger: ChildProcess;
beforeAll(async () => {
  home = await createTempFolder('nightjar embedded-');
  const first = await openEmbeddedPostgres(home);
  expect(first.isNew).toBe(true);
  await first.release();
  const { uid, gid } = await stat(inData());
  stranger = spawn('sleep', ['600'], { uid, gid });
  await once(stranger, 'spawn');
});
afterAll(async () => {
  stranger.kill();
  await stopEmbeddedPostgres(home, true);
  await rm(home, { recursive: true, force: true });
});

const inData = (...names: string[]) => join(home, 'postgres', 'data', ...names);
const clients = () => join(home, 'postgres', 'clients');
const isRunning = async () => (await readdir(inData())).includes('postmaster.pid');
const ask = async (url: string) => {
  const database = await openDatabase({ url, log: silentLog });
  const { rows } = await database.query('select 1 as one');
  await database.close();
  return rows;
};

test('the last one out stops the server, and nobody before', async () => {
  const one = await openEmbeddedPostgres(home);
  const other = await openEmbeddedPostgres(home);
  expect(other).toMatchObject({ url: one.url, isNew: false });
  await one.release();
  expect(await ask(other.url)).toEqual([{ one: 1 }]);
  await other.release();
  expect(await isRunning()).toBe(false);
});

test("another living process's share keeps the server running, until it is dead", async () => {
  const one = await openEmbeddedPostgres(home);
  await writeFile(join(clients(), `${stranger.pid}-1`), await readBirth(stranger));
  await one.release();
  expect(await isRunning()).toBe(true);
  await expect(stopEmbeddedPostgres(home, false)).rejects.toThrow(`process ${stranger.pid} does`);
  await rm(join(clients(), `${stranger.pid}-1`));
  expect(await stopEmbeddedPostgres(home, false)).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'the share of a killed process counts for nothing, not even when its id is in use again',
  async () => {
    await writeFile(join(clients(), `${stranger.pid}-1`), '1');
    await writeFile(join(clients(), '99999999-1'), '');
    await (await openEmbeddedPostgres(home)).release();
    expect(await isRunning()).toBe(false);
    expect(await readdir(clients())).toEqual([]);
  },
);

test('a killed server is started again on its port, for those who wait for it there', async () => {
  const one = await openEmbeddedPostgres(home);
  const pid = Number((await readFile(inData('postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isRefused(Number(new URL(one.url).port))).toBe(true);
  const other = await openEmbeddedPostgres(home);
  expect(other.url).toBe(one.url);
  expect(await ask(one.url)).toEqual([{ one: 1 }]);
  await other.release();
  await one.release();
  expect(await isRunning()).toBe(false);
});

test('a postmaster.pid with the id of another program, as after a power cut, stops nobody', async () => {
  const one = await openEmbeddedPostgres(home);
  const lines = (await readFile(inData('postmaster.pid'), 'utf8')).split('\n');
  await one.release();
  await writeFile(inData('postmaster.pid'), [stranger.pid, ...lines.slice(1)].join('\n'));
  expect(await stopEmbeddedPostgres(home, false)).toBe(false);
  const other = await openEmbeddedPostgres(home);
  expect(await ask(other.url)).toEqual([{ one: 1 }]);
  await other.release();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test('a server that somebody is stopping is waited for, then started', async () => {
  await keepEmbeddedPostgres(home);
  const pid = Number((await readFile(inData('postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGINT');
  await sleep(5);
  const one = await openEmbeddedPostgres(home);
  expect(await ask(one.url)).toEqual([{ one: 1 }]);
  await one.release();
  expect(await isRunning()).toBe(true);
  expect(await stopEmbeddedPostgres(home, false)).toBe(true);
});

/** A killed process dies in its own time. */
async function isRefused(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const refused = await Promise.race([
    once(socket, 'connect').then(() => false),
    once(socket, 'error').then(() => true),
  ]).catch(() => true);
  socket.destroy();
  return refused;
}

async function readBirth({ pid }: ChildProcess): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.split(' ')[21] ?? '';
}
