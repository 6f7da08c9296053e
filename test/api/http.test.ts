import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type ApiServer, openApiServer } from '../helpers/api-server.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { fillModel, fillPhotos, fillRun } from '../helpers/fill-photos.ts';

let bench: TestDatabase;
let api: ApiServer;
beforeAll(async () => {
  bench = await createTestDatabase();
  const id = await fillModel(bench.database, { labels: [{ scientificName: 'Vulpes vulpes' }] });
  await fillRun(bench.database, id);
  const photos = Array.from({ length: 60 }, (_, n) => ({
    key: n === 0 ? '=cmd()|"x",\n.jpg' : `a/${n}.jpg`,
    local: '2026-01-01T10:00:00',
    position: [-24.98, 31.55] as const,
    rejected: n === 59,
  }));
  await fillPhotos(bench.database, photos);
  api = await openApiServer(bench.url);
});
afterAll(async () => {
  await api.close();
  await bench.drop();
});

/** What nobody who asks may ever read in an error. */
const INNER =
  /select|nightjar\.|from nightjar|\bat .*:\d+|\/tmp\/|\/home\/|node_modules|\.ts\b|\.js\b|postgres/i;

function expectProblem(answer: Answer, status: number): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = answer.json();
  expect(problem).toMatchObject({
    type: 'about:blank',
    title: expect.any(String),
    status,
    detail: expect.any(String),
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(answer.headers['x-request-id']).toBe(problem.requestId);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.text).not.toMatch(INNER);
}

describe('what cannot be answered is refused as problem details', () => {
  test.each([
    '/v1/predictions?taxom=Felidae',
    '/v1/predictions?limit=0',
    '/v1/predictions?limit=1001',
    '/v1/predictions?limit=',
    '/v1/predictions?limit=1e2',
    '/v1/predictions?limit=5&limit=6',
    '/v1/predictions?minScore=',
    '/v1/predictions?minScore=1.1',
    '/v1/predictions?minScore=NaN',
    '/v1/predictions?from=2026-02-30',
    '/v1/predictions?from=0000-01-01',
    '/v1/predictions?from=2026-01-01T24:00',
    '/v1/predictions?from=2026-01-01T10:00Z',
    '/v1/predictions?from=2026-01-01&from=2026-01-02',
    '/v1/predictions?from=',
    '/v1/predictions?bbox=,,,',
    '/v1/predictions?bbox=1,2,3',
    '/v1/predictions?bbox=1,2,3,4,5',
    '/v1/predictions?bbox=0,10,1,5',
    '/v1/predictions?bbox=-181,0,0,1',
    '/v1/predictions?bbox=Infinity,0,0,1',
    '/v1/predictions?cell=85bd0b6fffffff',
    '/v1/predictions?cell=88bd0b6ffffffff',
    '/v1/predictions?cell=81bd3ffffffffff',
    '/v1/predictions?cell=',
    '/v1/predictions?decision=guessed',
    '/v1/predictions?model=none@9',
    '/v1/predictions?run=abc',
    '/v1/predictions?run=9999999999999999999',
    '/v1/predictions?taxon=',
    `/v1/predictions?taxon=${'x,'.repeat(50)}x`,
    '/v1/predictions?taxon=%00',
    '/v1/predictions?taxon=%ff%fe',
    '/v1/predictions?source=%ed%a0%80',
    '/v1/predictions?deployment=',
    '/v1/predictions?format=xml',
    '/v1/photos/abc',
    '/v1/photos/-1',
    '/v1/photos/1%00',
    '/v1/photos/1?size=1',
    '/v1/photos/1/image?size=10000',
    '/v1/photos/1/image?size=',
    '/v1/runs?kind=nightly',
    '/v1/runs/x',
    '/v1/rejects?code=NONE',
    '/v1/rejects?final=perhaps',
    '/v1/stats/daily?by=colour',
    '/v1/stats/daily?width=decade',
    '/v1/stats/daily?from=2026-13-01',
    '/v1/species?page=2',
    '/v1/models?x',
    '/v1/session?x=1',
    '/v1/status?x=1',
    '/v1/regions/lookup',
    '/v1/regions/lookup?latitude=&longitude=',
    '/v1/regions/lookup?latitude=91&longitude=0',
    '/v1/regions/lookup?latitude=1&longitude=1&month=13',
    '/v1/regions/lookup?latitude=1&longitude=1&month=1.5',
    '/%',
    '/%ff',
  ])('400 for %s', async (address) => expectProblem(await api.get(address), 400));

  test.each(['predictions', 'rejects', 'runs'])(
    '400 for a cursor of %s that no page had, whatever it holds',
    async (name) => {
      const made = [
        ['1', '1', '1'],
        ['2026-99-99 00:00:00', '1', '1'],
        ['2026-02-30 00:00:00', '1', '1'],
        ['2026-01-01 00:00:00', '9'.repeat(19), '1'],
        ['2026-01-01 00:00:00', '1', '9'.repeat(18)],
        ["2026-01-01 00:00:00'; drop table x", '1', '1'],
        ['infinity', '1', '1'],
        ['1', '1'],
        [1, 2, 3],
        [],
        ['-1'],
        [null],
      ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
      for (const cursor of ['', 'x', '%F0%9F%A6%89', '{}', 'bnVsbA', 'W10', ...made]) {
        expectProblem(await api.get(`/v1/${name}?cursor=${cursor}`), 400);
      }
    },
  );

  test.each([
    '/nowhere',
    '/v1/photos/999999',
    '/v1/photos/999999/image',
    '/v1/runs/999999',
    '/v1',
    '/.env',
    '/v1/regions/lookup?latitude=1&longitude=1',
  ])('404 for %s', async (address) => expectProblem(await api.get(address), 404));

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
    '405 for %s, naming what there is',
    async (method) => {
      for (const url of ['/v1/predictions', '/v1/photos/1', '/v1/photos/1/image', '/healthz']) {
        const reply = await api.app.inject({ method, url, headers: { host: 'localhost' } });
        expect(reply.statusCode).toBe(405);
        expect(reply.headers.allow).toBe('GET, HEAD');
        expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
      }
    },
  );

  test('406 for a kind of answer that there is not', async () => {
    expectProblem(await api.get('/v1/predictions', { accept: 'application/xml' }), 406);
    expectProblem(await api.get('/v1/predictions', { accept: 'text/csv;q=0' }), 406);
  });

  test.each([
    [
      '413 for a body too large',
      413,
      JSON.stringify({ key: 'x'.repeat(20_000) }),
      'application/json',
    ],
    ['400 for broken JSON, without quoting it', 400, '{"key": nj_secret', 'application/json'],
    ['415 for another kind of body', 415, '<key/>', 'text/xml'],
    ['400 for a body without what is needed', 400, '{}', 'application/json'],
    ['400 for more than that', 400, '{"key":"x","a":1}', 'application/json'],
    ['400 for what would change prototypes', 400, '{"key":"x","__proto__":{}}', 'application/json'],
    ['401 for a key that is none', 401, '{"key":"nj_secret"}', 'application/json'],
  ])('%s', async (_, status, payload, type) => {
    const reply = await api.app.inject({
      method: 'POST',
      url: '/v1/session',
      payload,
      headers: { host: 'localhost', 'content-type': type },
    });
    expect(reply.statusCode).toBe(status);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.payload).not.toMatch(/nj_secret|xxx/);
  });

  test('503 for a statement that takes too long, and for nothing else', async () => {
    const slow = await openApiServer(bench.url, {
      env: { NIGHTJAR_STATEMENT_TIMEOUT_MS: '100' },
      adapters: (adapters) => ({
        ...adapters,
        reads: {
          ...adapters.reads,
          listPredictions: async () => {
            await slow.reader.query('select pg_sleep(5)');
            return [];
          },
        },
      }),
    });
    const start = Date.now();
    expectProblem(await slow.get('/v1/predictions'), 503);
    expect(Date.now() - start).toBeLessThan(2000);
    expect((await slow.get('/v1/species')).status).toBe(200);
    await slow.close();
  });

  test('503 within seconds while the database is away', async () => {
    const lonely = await openApiServer(bench.url);
    await lonely.reader.close();
    const start = Date.now();
    for (const address of ['/v1/predictions', '/readyz']) {
      const { status } = await lonely.get(address);
      expect([500, 503]).toContain(status);
    }
    expect((await lonely.get('/healthz')).status).toBe(200);
    expect(Date.now() - start).toBeLessThan(3000);
    await lonely.app.close();
  });

  test('500 for a fault of ours, of which only its id is told', async () => {
    const logged: unknown[] = [];
    const faulty = await openApiServer(bench.url, {
      log: { debug() {}, info() {}, warn() {}, error: (...line) => logged.push(line) },
      adapters: (adapters) => ({
        ...adapters,
        reads: {
          ...adapters.reads,
          listSeenLabels: async () => {
            await faulty.reader.query('select secret from nightjar.vault');
            return [];
          },
        },
      }),
    });
    const answer = await faulty.get('/v1/species');
    expectProblem(answer, 500);
    expect(JSON.stringify(logged)).toContain(answer.json().requestId);
    await faulty.close();
  });
});

test('who asks too often is refused until a minute has passed', async () => {
  const busy = await openApiServer(bench.url, { rateLimit: 3 });
  for (let n = 0; n < 3; n++) expect((await busy.get('/v1/models')).status).toBe(200);
  const answer = await busy.get('/v1/models');
  expectProblem(answer, 429);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expectProblem(await busy.get('/nowhere').then(() => busy.get('/v1/models')), 429);
  await busy.close();
});

describe('answers', () => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['application/geo+json', 'application/geo+json'],
    ['text/csv;q=0.5, application/geo+json;q=0.9', 'application/geo+json'],
    ['TEXT/CSV', 'text/csv'],
  ])('to Accept %s with %s', async (accept, type) => {
    const answer = await api.get('/v1/predictions', accept ? { accept } : {});
    expect(answer.headers['content-type']).toBe(`${type}; charset=utf-8`);
    expect(answer.headers.vary).toContain('Accept');
  });

  test('in CSV quote what must be, and run nothing in a spreadsheet', async () => {
    const { text } = await api.get('/v1/predictions?format=csv');
    expect(text).toContain(`"'=cmd()|""x"",\n.jpg"`);
  });

  test.each([
    '/v1/predictions',
    '/v1/predictions?format=csv',
    '/v1/photos/1',
    '/v1/runs',
    '/openapi.json',
  ])('%s once: asked for again, 304 without a body', async (address) => {
    const first = await api.get(address);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^W\/"/);
    const again = await api.get(address, { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(again.bytes).toHaveLength(0);
    expect((await api.get(address, { 'if-none-match': 'W/"other"' })).status).toBe(200);
  });

  test('that were another for a while have another ETag', async () => {
    const { etag } = (await api.get('/v1/predictions?limit=1000')).headers;
    await fillPhotos(bench.database, [{ key: 'late.jpg' }]);
    const answer = await api.get('/v1/predictions?limit=1000', { 'if-none-match': String(etag) });
    expect(answer.status).toBe(200);
  });

  test('are compressed for those who take it, and say the same', async () => {
    const plain = await api.get('/v1/predictions');
    const small = await api.get('/v1/predictions', { 'accept-encoding': 'gzip' });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(small.bytes.length).toBeLessThan(plain.bytes.length / 4);
    expect(gunzipSync(small.bytes).toString()).toBe(plain.text);
    expect(small.headers.vary).toContain('Accept-Encoding');
  });

  test('carry a request id of their own, never the one that was sent', async () => {
    const one = await api.get('/healthz', { 'x-request-id': 'mine', 'request-id': 'mine' });
    const two = await api.get('/healthz');
    expect(one.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(one.headers['x-request-id']).not.toBe(two.headers['x-request-id']);
  });

  test('to HEAD are those to GET without the body', async () => {
    const reply = await api.app.inject({
      method: 'HEAD',
      url: '/v1/predictions',
      headers: { host: 'localhost' },
    });
    expect(reply.statusCode).toBe(200);
    expect(reply.payload).toBe('');
    expect(reply.headers['content-type']).toMatch(/json/);
  });

  test.each(['/v1/predictions', '/healthz', '/docs', '/nowhere', '/%'])(
    'of %s have the usual headers',
    async (address) => {
      const { headers } = await api.get(address);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBeDefined();
      expect(headers['content-security-policy']).toMatch(/default-src '(none|self)'/);
      expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*(unsafe|\*)/);
      expect(headers['cache-control']).toBeDefined();
      expect(headers['x-powered-by'] ?? headers.server).toBeUndefined();
    },
  );

  test('name no more rows of a page than were asked for, 100 by default', async () => {
    expect((await api.get('/v1/predictions?limit=7')).json().items).toHaveLength(7);
    await fillPhotos(
      bench.database,
      Array.from({ length: 60 }, (_, n) => ({ key: `more/${n}` })),
    );
    expect((await api.get('/v1/predictions')).json().items).toHaveLength(100);
  });
});

test('bytes that are no HTTP, and headers too long, are refused as problem details too', async () => {
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = new URL(address);
  const say = (text: string) =>
    new Promise<string>((done, fail) => {
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => done(answer)).on('error', fail);
    });
  const wrong = await say('nonsense\r\n\r\n');
  expect(wrong).toMatch(/^HTTP\/1.1 400 [\s\S]*application\/problem\+json[\s\S]*"status":400/);
  const long = await say(
    `GET /v1/models?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  expect(long).toMatch(/^HTTP\/1.1 431 [\s\S]*application\/problem\+json[\s\S]*"status":431/);
});

describe('the description of the API', () => {
  test('is OpenAPI 3.1, with every route in it', async () => {
    const answer = await api.get('/openapi.json');
    const checked = await new Validator().validate(answer.json());
    expect(checked.errors ?? []).toEqual([]);
    expect(checked.valid).toBe(true);
    expect(answer.json().openapi).toBe('3.1.0');
    expect(Object.keys(answer.json().paths).sort()).toEqual([
      '/healthz',
      '/metrics',
      '/readyz',
      '/v1/models',
      '/v1/photos/{id}',
      '/v1/photos/{id}/image',
      '/v1/predictions',
      '/v1/regions/lookup',
      '/v1/rejects',
      '/v1/runs',
      '/v1/runs/{id}',
      '/v1/session',
      '/v1/species',
      '/v1/stats/daily',
      '/v1/status',
    ]);
  });

  test('has a page, all of whose parts are there', async () => {
    const page = await api.get('/docs');
    expect(page.headers['content-type']).toMatch(/text\/html/);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? '');
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) expect((await api.get(part)).status, part).toBe(200);
  });
});

test('the connections of the API read, and nothing else', async () => {
  const { rows } = await api.reader.query<{ role: string }>('select current_user as role');
  expect(rows[0]?.role).toBe('nightjar_api');
  await expect(api.reader.query('delete from nightjar.photos')).rejects.toThrow(
    /read-only|permission/,
  );
  await expect(api.reader.query('select * from pgboss.job')).rejects.toThrow(/permission denied/);
  const client = await api.reader.connect();
  await client.query('set default_transaction_read_only = off');
  await expect(client.query('delete from nightjar.photos')).rejects.toThrow(/permission denied/);
  client.release(true);
});
