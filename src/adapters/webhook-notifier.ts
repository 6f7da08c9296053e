import { messageOf } from '../domain/errors.ts';
import type { Notifier } from '../health/notices.ts';
import type { Log } from '../ports.ts';

/** Where to tell, and how patiently. */
export interface WebhookOptions {
  /** Null: nobody is told. */
  readonly webhookUrl: string | null;
  /** May hold `{job}`; null: nobody is pinged. */
  readonly successPingUrl: string | null;
  readonly log: Log;
  /** Per try. Default 10 s. */
  readonly timeoutMs?: number;
  /** Before the second and the third try. Default 1 and 4 s. */
  readonly waitsMs?: readonly number[];
}

const TIMEOUT_MS = 10_000;
const WAITS_MS = [1000, 4000];
/** Answers after which another try makes sense: too busy, or the server's own fault. */
const isPassing = (status: number) => status === 408 || status === 429 || status >= 500;

/**
 * Notices as POST of JSON to a webhook, pings as GET to a dead man's switch: three tries each. A
 * webhook that redirects has failed, as following would drop the body. URLs hold secrets: the log
 * has their origin alone.
 */
export function openWebhookNotifier(options: WebhookOptions): Notifier {
  const { webhookUrl, successPingUrl } = options;
  return {
    listening: webhookUrl !== null,
    async notify(notice) {
      if (webhookUrl === null) return false;
      const body = JSON.stringify({ ...notice, at: new Date().toISOString() });
      const headers = { 'content-type': 'application/json' };
      return send(webhookUrl, { method: 'POST', body, headers, redirect: 'manual' }, options);
    },
    async ping(job) {
      if (successPingUrl === null) return;
      const url = successPingUrl.replaceAll('{job}', encodeURIComponent(job));
      await send(url, { method: 'GET' }, options);
    },
  };
}

/** @returns whether it arrived */
async function send(url: string, request: RequestInit, options: WebhookOptions): Promise<boolean> {
  const { log, timeoutMs = TIMEOUT_MS, waitsMs = WAITS_MS } = options;
  for (const waitMs of [...waitsMs, null]) {
    const problem = await attempt(url, request, timeoutMs);
    if (problem === null) return true;
    if (!problem.passing || waitMs === null) {
      log.warn('cannot tell', { to: new URL(url).origin, problem: problem.text });
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return false;
}

interface Obstacle {
  readonly text: string;
  /** Whether another try makes sense. */
  readonly passing: boolean;
}

async function attempt(
  address: string,
  request: RequestInit,
  timeoutMs: number,
): Promise<Obstacle | null> {
  try {
    const { url, headers } = takeCredentials(address);
    const response = await fetch(url, {
      ...request,
      headers: { ...request.headers, ...headers },
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel(); // an unread body keeps its socket
    if (response.ok) return null;
    return { text: describe(response.status), passing: isPassing(response.status) };
  } catch (error) {
    // fetch says no more than "fetch failed"; the reason, without the URL, is its cause.
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return { text: messageOf(cause), passing: true };
  }
}

function describe(status: number): string {
  const moved = status >= 300 && status < 400 ? ', a redirect: set the URL that it leads to' : '';
  return `expected an answer of 200–299 but received ${status}${moved}`;
}

/** fetch refuses URLs with a name and a password: they go into the header they stand for. */
function takeCredentials(address: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  if (!url.username && !url.password) return { url, headers: {} };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}
