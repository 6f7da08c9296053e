import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliProcess, runCli, startCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startOwnPostgres } from '../helpers/own-postgres.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

let bench: TestDatabase;
let cwd: string;
const started: CliProcess[] = [];
beforeEach(async () => {
  bench = await createTestDatabase();
  cwd = await createTempFolder('nightjar-serve-');
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await bench.drop();
});

const env = () => ({ DATABASE_URL: bench.url });
async function serve(...args: string[]): Promise<CliProcess & { address: string }> {
  const running = startCli(['serve', '--port', '0', ...args], { cwd, env: env() });
  started.push(running);
  const [, port = ''] = await running.said(/http:\/\/[^\s"]*?:(\d+)/);
  return { ...running, address: `http://127.0.0.1:${port}` };
}

test('it serves on this machine alone, and ends within seconds of SIGTERM though connections are open', async () => {
  const { address, child, ended } = await serve();
  expect((await fetch(`${address}/v1/predictions`)).status).toBe(200);
  expect((await fetch(`${address}/readyz`)).status).toBe(200);
  const start = Date.now();
  child.kill('SIGTERM');
  const { code, stderr, stdout } = await ended;
  expect(code, stderr).toBe(143);
  expect(Date.now() - start).toBeLessThan(5000);
  expect(stdout + stderr).not.toMatch(/error/i);
});

test('for others it listens once there is a key, and only with it; the key is in no log', async () => {
  const refused = await runCli(['serve', '--host', '0.0.0.0', '--port', '0'], { cwd, env: env() });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('nightjar keys add NAME');
  const key = (await runCli(['keys', 'add', 'ranger'], { cwd, env: env() })).stdout.trim();
  const { address, child, ended } = await serve('--host', '0.0.0.0');
  expect((await fetch(`${address}/v1/models`)).status).toBe(401);
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${address}/v1/models`, { headers })).status).toBe(200);
  expect((await fetch(`${address}/v1/models?key=${key}`, { headers })).status).toBe(400);
  await runCli(['keys', 'revoke', 'ranger'], { cwd, env: env() });
  await new Promise((wait) => setTimeout(wait, 5100));
  expect((await fetch(`${address}/v1/models`, { headers })).status).toBe(401);
  child.kill('SIGTERM');
  const { stdout, stderr } = await ended;
  expect(stdout + stderr).not.toContain(key.slice(-43));
  const again = await runCli(['serve', '--host', '0.0.0.0', '--port', '0'], { cwd, env: env() });
  expect(again.code).toBe(2);
});

test('a port in use, and a list of sensitive taxa that is none, are said and end it', async () => {
  const { address } = await serve();
  const taken = await runCli(['serve', '--port', new URL(address).port], { cwd, env: env() });
  expect(taken.code).toBe(2);
  expect(taken.stderr).toContain('to be free to listen on');
  const listed = await runCli(['serve', '--port', '0'], {
    cwd,
    env: { ...env(), NIGHTJAR_SENSITIVE_TAXA_FILE: 'none.csv' },
  });
  expect(listed.code).toBe(2);
  expect(listed.stderr).toContain('none.csv');
});

test('while PostgreSQL is away it says so, stays up, and answers again by itself afterwards', async () => {
  const own = await startOwnPostgres();
  try {
    const env = { DATABASE_URL: own.url };
    await runCli(['migrate'], { cwd, env });
    const running = startCli(['serve', '--port', '0'], { cwd, env });
    started.push(running);
    const [, port = ''] = await running.said(/http:\/\/[^\s"]*?:(\d+)/);
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    expect((await ask('/v1/predictions')).status).toBe(200);
    await own.kill();
    expect((await ask('/healthz')).status).toBe(200);
    for (const path of ['/readyz', '/v1/predictions', '/v1/runs', '/v1/stats/daily']) {
      const { status, text } = await ask(path);
      expect(status, `${path}: ${text}`).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ status: 503 });
      expect(text).not.toMatch(/ECONN|postgres|select|127\.0/i);
    }
    await own.start();
    await expect.poll(async () => (await ask('/readyz')).status, { timeout: 20_000 }).toBe(200);
    expect((await ask('/v1/predictions')).status).toBe(200);
  } finally {
    await own.remove();
  }
});
