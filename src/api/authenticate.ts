import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Scope } from '../domain/scope.ts';
import type { KeyRing } from './keys.ts';
import { Problem } from './problem.ts';

/** The cookie that the dashboard's sign-in sets; it holds the key. */
export const COOKIE = 'nightjar_key';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the asker may read. */
    scopes: readonly Scope[];
  }
  interface FastifyContextConfig {
    /** Answered without a key: the page itself, health checks, the API's description. */
    readonly open?: boolean;
  }
}

/** Names of this machine: what a browser on it calls a server without keys. */
const LOOPBACK_HOSTS = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * Lets nobody in without a key, once there is one. Before, the server listens on this machine alone, and
 * answers only requests that were meant for it: a page from elsewhere whose name was made to point
 * here must not read it through somebody's browser.
 */
export function authenticate(app: FastifyInstance, ring: KeyRing, loopback: boolean): void {
  app.decorateRequest('scopes');
  app.addHook('onRequest', async (request, reply) => {
    request.scopes = [];
    if (request.routeOptions.config.open) return;
    const key = presentedKey(request);
    if (key !== null) {
      const scopes = await ring.scopesOf(key);
      if (!scopes) throw unauthorized(reply);
      request.scopes = scopes;
      return;
    }
    if (!loopback || (await ring.hasAny())) throw unauthorized(reply);
    if (!LOOPBACK_HOSTS.test(request.headers.host ?? '')) {
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

function unauthorized(reply: { header(name: string, value: string): unknown }): Problem {
  reply.header('www-authenticate', 'Bearer realm="nightjar"');
  return new Problem(
    401,
    'Expected a key: Authorization: Bearer nj_…. nightjar keys add NAME makes one.',
  );
}
