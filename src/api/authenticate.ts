import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '../domain/scope.ts';
import { idOf, type KeyRing } from './keys.ts';
import { Problem } from './problem.ts';

/** The cookie that the dashboard's sign-in sets; it holds the key. */
export const COOKIE = 'nightjar_key';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the asker may read. */
    scopes: readonly Scope[];
    /** Of the key that was found good; null without one. */
    keyId: string | null;
  }
  interface FastifyContextConfig {
    /** Answered without a key: the page itself, health checks, the API's description. */
    readonly open?: boolean;
  }
}

/** Names of this machine: what a browser on it calls a server without keys. */
const LOOPBACK_HOSTS = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** What proxies say about whom they ask for. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
/** Wrong keys that one address may try in a minute. */
const FAILURES_A_MINUTE = 60;

/**
 * Lets nobody in without a key, once there was one. Before, the server listens on this machine alone, and
 * answers only requests that were meant for it: a page from elsewhere whose name was made to point
 * here must not read it through somebody's browser, nor may anybody through a proxy.
 */
export function authenticate(app: FastifyInstance, ring: KeyRing, loopback: boolean): void {
  app.decorateRequest('scopes');
  app.decorateRequest('keyId');
  const countFailure = app.createRateLimit({
    max: FAILURES_A_MINUTE,
    timeWindow: '1 minute',
    keyGenerator: ({ ip }) => `failed ${ip}`,
  });
  const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<Problem> => {
    const failures = await countFailure(request);
    if (failures.isAllowed || !failures.isExceeded) return unauthorized(reply);
    reply.header('retry-after', failures.ttlInSeconds);
    return new Problem(429, 'Expected fewer requests without a key that is in use.');
  };
  app.addHook('onRequest', async (request, reply) => {
    request.scopes = [];
    request.keyId = null;
    if (request.routeOptions.config?.open) return;
    const key = presentedKey(request);
    if (key !== null) {
      const scopes = await ring.scopesOf(key);
      if (!scopes) throw await refuse(request, reply);
      request.scopes = scopes;
      request.keyId = idOf(key);
      return;
    }
    if (!loopback || (await ring.hasAny())) throw await refuse(request, reply);
    const { headers } = request;
    const meant = LOOPBACK_HOSTS.test(headers.host ?? '');
    if (!meant || FORWARDED.some((name) => headers[name] !== undefined)) {
      throw new Problem(
        403,
        'Expected a request to localhost. From elsewhere, a key is needed: nightjar keys add NAME.',
      );
    }
    request.scopes = ['read'];
  });
}

/** From the header, else from the dashboard's cookie. */
export function presentedKey(request: FastifyRequest): string | null {
  const [, bearer] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return bearer ?? request.cookies[COOKIE] ?? null;
}

function unauthorized(reply: FastifyReply): Problem {
  reply.header('www-authenticate', 'Bearer realm="nightjar"');
  return new Problem(
    401,
    'Expected a key: Authorization: Bearer nj_…. nightjar keys add NAME makes one.',
  );
}
