import { afterEach, describe, expect, test } from 'vitest';
import { openWebhookNotifier, type WebhookOptions } from '../../src/adapters/webhook-notifier.ts';
import { silentLog } from '../helpers/silent-log.ts';
import { startWebServer, type WebServer } from './web-server.ts';

const servers: WebServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(...args: Parameters<typeof startWebServer>): Promise<WebServer> {
  const server = await startWebServer(...args);
  servers.push(server);
  return server;
}

/** A notifier in a hurry, and the warnings it logs. */
function open(urls: Partial<WebhookOptions>) {
  const warnings: string[] = [];
  const log = {
    ...silentLog,
    warn: (text: string, fields = {}) => void warnings.push(JSON.stringify([text, fields])),
  };
  const notifier = openWebhookNotifier({
    webhookUrl: null,
    successPingUrl: null,
    log,
    timeoutMs: 200,
    waitsMs: [10, 20],
    ...urls,
  });
  return { notifier, warnings };
}

const NOTICE = {
  event: 'run_failed',
  job: 'nightly',
  run: '12',
  status: 'failed',
  text: 'run 12 failed',
  pending: 3,
} as const;

describe('a notice', () => {
  test('is posted as JSON with a text and the time', async () => {
    const { origin, received } = await start();
    const { notifier, warnings } = open({ webhookUrl: `${origin}/hooks/secret?key=secret` });
    expect(await notifier.notify(NOTICE)).toBe(true);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', url: '/hooks/secret?key=secret' });
    expect(received[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ ...NOTICE, at: expect.any(String) });
    expect(warnings).toEqual([]);
  });

  test.each([500, 503, 429])('comes again after an answer of %d', async (status) => {
    const { origin, received } = await start((response, n) => {
      response.statusCode = n < 2 ? status : 204;
      response.end();
    });
    const { notifier, warnings } = open({ webhookUrl: origin });
    expect(await notifier.notify(NOTICE)).toBe(true);
    expect(received).toHaveLength(3);
    expect(warnings).toEqual([]);
  });

  test('is given up after three tries, with a warning that has no secret in it', async () => {
    const { origin, received } = await start((response) => {
      response.statusCode = 500;
      response.end('no');
    });
    const { notifier, warnings } = open({ webhookUrl: `${origin}/secret?key=secret#secret` });
    expect(await notifier.notify(NOTICE)).toBe(false);
    expect(received).toHaveLength(3);
    expect(warnings).toEqual([
      `["cannot tell",{"to":"${origin}","problem":"expected an answer of 200–299 but received 500"}]`,
    ]);
  });

  test('is not sent again to an address that says it is wrong', async () => {
    const { origin, received } = await start((response) => {
      response.statusCode = 404;
      response.end();
    });
    const { notifier, warnings } = open({ webhookUrl: origin });
    expect(await notifier.notify(NOTICE)).toBe(false);
    expect(received).toHaveLength(1);
    expect(warnings.join()).toContain('received 404');
  });

  test.each([301, 302, 307, 308])(
    'does not follow a redirect (%d), and says so',
    async (status) => {
      const target = await start();
      const { origin } = await start((response) => {
        response.writeHead(status, { location: `${target.origin}/?key=secret` }).end();
      });
      const { notifier, warnings } = open({ webhookUrl: origin });
      expect(await notifier.notify(NOTICE)).toBe(false);
      expect(target.received).toEqual([]);
      expect(warnings.join()).toContain('a redirect: set the URL that it leads to');
      expect(warnings.join()).not.toContain('secret');
    },
  );

  test('does not wait for a server that hangs, before its answer or in it', async () => {
    for (const hang of [
      () => {},
      (response: { write(text: string): void }) => response.write('{'),
    ]) {
      const { origin, received } = await start(hang);
      const { notifier } = open({ webhookUrl: origin });
      const start_ = Date.now();
      await notifier.notify(NOTICE);
      expect(Date.now() - start_).toBeLessThan(3000);
      expect(received.length).toBeGreaterThan(0);
    }
  });

  test('to nobody there is a warning that says why', async () => {
    const server = await startWebServer();
    await server.close();
    const { notifier, warnings } = open({ webhookUrl: `${server.origin}/secret` });
    expect(await notifier.notify(NOTICE)).toBe(false);
    expect(warnings.join()).toContain('ECONNREFUSED');
    expect(warnings.join()).not.toContain('secret');
  });

  test('goes with the name and password of the URL as a header, which no log shows', async () => {
    const { origin, received } = await start((response) => {
      response.statusCode = 401;
      response.end();
    });
    const { notifier, warnings } = open({ webhookUrl: origin.replace('//', '//me:se%20cret@') });
    await notifier.notify(NOTICE);
    const { authorization } = received[0]?.headers ?? {};
    expect(authorization).toBe(`Basic ${Buffer.from('me:se cret').toString('base64')}`);
    expect(warnings.join()).not.toMatch(/me:|cret/);
  });

  test('goes nowhere without a webhook', async () => {
    const { notifier, warnings } = open({});
    expect(notifier.listening).toBe(false);
    expect(await notifier.notify(NOTICE)).toBe(false);
    expect(warnings).toEqual([]);
  });
});

describe('a ping', () => {
  test('is a GET with the job in its place', async () => {
    const { origin, received } = await start();
    const { notifier } = open({ successPingUrl: `${origin}/ping/{job}?a={job}` });
    await notifier.ping('nightly/1');
    expect(received).toMatchObject([{ method: 'GET', url: '/ping/nightly%2F1?a=nightly%2F1' }]);
  });

  test('follows a redirect', async () => {
    const target = await start();
    const { origin } = await start((response) => {
      response.writeHead(301, { location: `${target.origin}/there` }).end();
    });
    const { notifier, warnings } = open({ successPingUrl: origin });
    await notifier.ping('nightly');
    expect(target.received).toMatchObject([{ method: 'GET', url: '/there' }]);
    expect(warnings).toEqual([]);
  });

  test('that fails is tried again, and a warning in the end', async () => {
    const { origin, received } = await start((response) => {
      response.statusCode = 502;
      response.end();
    });
    const { notifier, warnings } = open({ successPingUrl: `${origin}/secret-uuid` });
    await notifier.ping('nightly');
    expect(received).toHaveLength(3);
    expect(warnings.join()).toContain('502');
    expect(warnings.join()).not.toContain('secret');
  });
});
