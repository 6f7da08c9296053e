import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

const BIN = resolve('bin/nightjar.js');

describe('a process that was started with a channel to its parent', () => {
  let cwd: string;
  let database: TestDatabase;
  beforeAll(async () => {
    cwd = await createTempFolder('nightjar-stop-');
    database = await createTestDatabase();
    await mkdir(join(cwd, 'jobs'));
    const job = 'name: yearly\nschedule: "0 0 1 1 *"\nsource: ./photos\nmodel: demo@production\n';
    await writeFile(join(cwd, 'jobs', 'yearly.yaml'), job);
  });
  afterAll(async () => {
    await database.drop();
    await rm(cwd, { recursive: true, force: true });
  });

  /** A daemon with nothing to do, which minds the signal. */
  async function startDaemon() {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, DATABASE_URL: database.url };
    const child = spawn(process.execPath, [BIN, 'schedule'], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    await new Promise<void>((said) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('"scheduled"') && said());
    });
    return { child, ended };
  }

  test('stops in good order when told so, however often', async () => {
    const { child, ended } = await startDaemon();
    for (let n = 0; n < 3; n++) child.send('stop');
    expect(await ended).toBe(143);
  });

  test('takes a signal and the message for one and the same stop', async () => {
    const { child, ended } = await startDaemon();
    child.send('stop');
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
  });

  test('stops when its parent goes away', async () => {
    const { child, ended } = await startDaemon();
    child.disconnect();
    expect(await ended).toBe(143);
  });

  test('ends by itself when it is done', async () => {
    const child = spawn(process.execPath, [BIN, '--version'], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    expect(await new Promise((done) => child.once('exit', done))).toBe(0);
  });
});
