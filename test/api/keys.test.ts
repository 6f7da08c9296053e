import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addApiKey, findApiKey, revokeApiKey } from '../../src/adapters/postgres-api-keys.ts';
import { createKey, KeyRing } from '../../src/api/keys.ts';
import { type ApiServer, openApiServer } from '../helpers/api-server.ts';
import { runCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

let bench: TestDatabase;
let api: ApiServer;
let cwd: string;
beforeEach(async () => {
  bench = await createTestDatabase();
  api = await openApiServer(bench.url);
  cwd = await createTempFolder('nightjar-keys-');
});
afterEach(async () => {
  await api.close();
  await bench.drop();
});

const cli = (...args: string[]) => runCli(args, { cwd, env: { DATABASE_URL: bench.url } });
const addKey = async (name: string, ...flags: string[]) => {
  const { key, id, hash } = createKey();
  const scopes = flags.includes('--precise')
    ? (['read', 'read:precise'] as const)
    : (['read'] as const);
  await addApiKey(bench.database, { id, name, scopes, hash });
  return key;
};
/** As people do. */
const addKeyByHand = async (name: string, ...flags: string[]) => {
  const { stdout, stderr, code } = await cli('keys', 'add', name, ...flags);
  expect(code, stderr).toBe(0);
  const key = stdout.trim();
  expect(stderr).not.toContain(key.slice(-43));
  return key;
};
const withKey = (key: string) => api.get('/v1/models', { authorization: `Bearer ${key}` });
const untilForgotten = () => new Promise((wait) => setTimeout(wait, 5100));

describe('without any key', () => {
  test('this machine may read, with sensitive positions coarse', async () => {
    expect((await api.get('/v1/session')).json()).toEqual({ scopes: ['read'], keyNeeded: false });
  });

  test.each([
    ['a page whose name was made to point here', { host: 'evil.example' }],
    ['one that looks like this machine', { host: 'localhost.evil.example' }],
    ['an address that begins as this machine does', { host: '127.0.0.1.evil.example' }],
    ['whoever a proxy asks for', { host: 'localhost', 'x-forwarded-for': '203.0.113.9' }],
    ['whoever another proxy asks for', { host: '127.0.0.1:8080', forwarded: 'for=203.0.113.9' }],
  ])('%s may not', async (_, headers) => {
    const answer = await api.get('/v1/models', headers);
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toMatch(/problem/);
  });

  test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '127.8.8.8', '[::1]:8080'])(
    '%s is this machine',
    async (host) => expect((await api.get('/v1/models', { host })).status).toBe(200),
  );

  test('a server that others can reach lets nobody in', async () => {
    const open = await openApiServer(bench.url, { loopback: false });
    expect((await open.get('/v1/models')).status).toBe(401);
    expect((await open.get('/healthz')).status).toBe(200);
    await open.close();
  });
});

describe('with a key', () => {
  test('who has it reads, who has none or a wrong one does not', async () => {
    const key = await addKey('ranger');
    await untilForgotten();
    expect((await withKey(key)).status).toBe(200);
    const [, id = '', secret = ''] = key.split('_');
    const wrong = [
      '',
      'x',
      `nj_${id}_${'A'.repeat(43)}`,
      `nj_${'a'.repeat(12)}_${key.slice(-43)}`,
      key.slice(0, -1),
      `${key}x`,
      key.toUpperCase(),
      secret,
      `nj_${id}_`,
    ];
    for (const one of wrong) {
      const answer = await withKey(one);
      expect(answer.status, one).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      if (one.length > 5) expect(answer.text).not.toContain(one);
    }
    for (const address of [
      '/v1/models',
      '/metrics',
      '/v1/status',
      '/v1/photos/1/image',
      '/nowhere',
    ]) {
      expect((await api.get(address)).status, address).toBe(401);
    }
    for (const address of ['/healthz', '/readyz', '/openapi.json', '/docs']) {
      expect((await api.get(address)).status, address).toBe(200);
    }
  }, 20_000);

  test('it may be asked for from any host', async () => {
    const key = await addKey('ranger');
    const headers = {
      authorization: `bearer ${key}`,
      host: 'photos.example',
      'x-forwarded-for': '::1',
    };
    expect((await api.get('/v1/models', headers)).status).toBe(200);
  });

  test('scopes are what it was made with', async () => {
    for (const [name, flags, scopes] of [
      ['plain', [], ['read']],
      ['exact', ['--precise'], ['read', 'read:precise']],
    ] as const) {
      const key = await addKey(name, ...flags);
      const session = await api.get('/v1/session', { authorization: `Bearer ${key}` });
      expect(session.json()).toEqual({ scopes, keyNeeded: true });
    }
  });

  test('ended, it works for 5 seconds at most, and the last one opens nothing', async () => {
    const key = await addKey('ranger');
    expect((await withKey(key)).status).toBe(200);
    expect(await revokeApiKey(bench.database, 'ranger')).toBe(true);
    await untilForgotten();
    expect((await withKey(key)).status).toBe(401);
    expect((await api.get('/v1/models')).status).toBe(401);
  }, 20_000);

  test('a browser signs in and out with a cookie that no script reads', async () => {
    const key = await addKey('ranger');
    const signIn = (payload: object, headers = {}) =>
      api.app.inject({
        method: 'POST',
        url: '/v1/session',
        payload,
        headers: { host: 'x', ...headers },
      });
    const [cookie] = [(await signIn({ key: ` ${key}\n` })).headers['set-cookie']].flat();
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    expect(cookie).not.toMatch(/Secure/i);
    const [secure] = [
      (await signIn({ key }, { 'x-forwarded-proto': 'https' })).headers['set-cookie'],
    ].flat();
    expect(secure).toMatch(/Secure/i);
    const headers = { cookie: String(cookie).split(';')[0] ?? '' };
    expect((await api.get('/v1/models', headers)).status).toBe(200);
    const out = await api.app.inject({ method: 'DELETE', url: '/v1/session', headers });
    expect(out.statusCode).toBe(204);
    expect(out.headers['set-cookie']).toMatch(/nightjar_key=;/);
    expect((await signIn({ key: 'nj_x' })).statusCode).toBe(401);
  });

  test('who tries many wrong ones is told to wait, and others read on', async () => {
    const key = await addKey('ranger');
    let last = 0;
    for (let n = 0; n < 70; n++) last = (await withKey(createKey().key)).status;
    expect(last).toBe(429);
    expect((await withKey(key)).status).toBe(200);
  });

  test('one that asks too often does not slow down another', async () => {
    const busy = await openApiServer(bench.url, { rateLimit: 2 });
    const [one, two] = [await addKey('one'), await addKey('two')];
    const ask = (key: string) => busy.get('/v1/models', { authorization: `Bearer ${key}` });
    for (const status of [200, 200, 429]) expect((await ask(one)).status).toBe(status);
    expect((await ask(two)).status).toBe(200);
    await busy.close();
  });
});

describe('nightjar keys', () => {
  test('shows a key once, keeps its hash alone, and lists neither', async () => {
    const key = await addKeyByHand('ranger', '--precise');
    const [, id = '', secret = ''] = key.match(/^nj_([a-z0-9]{12})_(.{43})$/) ?? [];
    const { rows } = await bench.database.query('select k::text as row from nightjar.api_keys k');
    expect(JSON.stringify(rows)).not.toContain(secret);
    const table = await cli('keys', 'list');
    const json = await cli('keys', 'list', '--json');
    for (const { stdout, stderr } of [table, json]) {
      expect(stdout).toContain(id);
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toMatch(/[0-9a-f]{64}/);
    }
    expect(JSON.parse(json.stdout)).toMatchObject([
      { id, name: 'ranger', scopes: ['read', 'read:precise'], revokedAt: null },
    ]);
  });

  test('says what is wrong, and does nothing', async () => {
    await addKeyByHand('ranger');
    const twice = await cli('keys', 'add', 'ranger');
    expect([twice.code, twice.stdout]).toEqual([2, '']);
    expect(twice.stderr).toContain('there is a key ranger');
    expect((await cli('keys', 'add', 'no spaces')).code).toBe(2);
    const none = await cli('keys', 'revoke', 'nobody');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('there is no nobody');
  });

  test('a name is free again once its key is ended, and its id ends it too', async () => {
    const [, id = ''] = (await addKeyByHand('ranger')).split('_');
    expect((await cli('keys', 'revoke', id)).stdout).toContain('revoked');
    await addKeyByHand('ranger');
  });
});

test('a good secret under another id, or a hash of another length, is no key', async () => {
  const [one, two] = [createKey(), createKey()];
  const ring = new KeyRing(async (id) => ({
    scopes: ['read'],
    hash:
      id === one.id ? one.hash.toString('hex') : id === two.id ? two.hash.toString('hex') : null,
    anyKey: true,
  }));
  expect(await ring.scopesOf(one.key)).toEqual(['read']);
  expect(await ring.scopesOf(`nj_${two.id}_${one.key.slice(-43)}`)).toBeNull();
  const broken = new KeyRing(async () => ({ scopes: ['read'], hash: 'ab', anyKey: true }));
  expect(await broken.scopesOf(one.key)).toBeNull();
});

test('a key that is looked up while the database fails is looked up again', async () => {
  let fails = true;
  const { key, hash } = createKey();
  const ring = new KeyRing(async () => {
    if (fails) throw new Error('away');
    return { scopes: ['read'], hash: hash.toString('hex'), anyKey: true };
  });
  await expect(ring.scopesOf(key)).rejects.toThrow('away');
  fails = false;
  expect(await ring.scopesOf(key)).toEqual(['read']);
  expect((await findApiKey(bench.database, 'none')).scopes).toBeNull();
});
