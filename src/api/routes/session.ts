import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { COOKIE, presentedKey } from '../authenticate.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';

const sessionSchema = z.object({
  scopes: p.scopes,
  keyNeeded: z
    .boolean()
    .describe('Whether a key is needed; before there is one, only this machine may ask'),
});

/** What the dashboard signs in with: a cookie that holds the key, out of reach of scripts. */
export function addSessionRoutes(app: FastifyInstance, { ring, options }: ApiContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/v1/session',
    {
      schema: {
        summary: 'What the asker may read',
        tags: ['session'],
        querystring: p.none,
        response: { 200: sessionSchema, '4xx': problemSchema },
      },
    },
    async ({ scopes }) => ({
      scopes: [...scopes],
      keyNeeded: !options.loopback || (await ring.hasAny()),
    }),
  );
  typed.post(
    '/v1/session',
    {
      config: { open: true, rateLimit: { max: 20, timeWindow: '1 minute' } },
      schema: {
        summary: 'Signs a browser in with a key',
        tags: ['session'],
        querystring: p.none,
        body: z.strictObject({ key: z.string().max(200) }),
        response: { 200: sessionSchema, '4xx': problemSchema },
      },
    },
    async ({ body, protocol, headers }, reply) => {
      const scopes = await ring.scopesOf(body.key.trim());
      if (!scopes) throw new Problem(401, 'Expected a key that is in use but this one is not.');
      const secure = protocol === 'https' || headers['x-forwarded-proto'] === 'https';
      reply.setCookie(COOKIE, body.key.trim(), {
        httpOnly: true,
        sameSite: 'strict',
        path: '/',
        secure,
      });
      return { scopes: [...scopes], keyNeeded: true };
    },
  );
  typed.delete(
    '/v1/session',
    { config: { open: true }, schema: { summary: 'Signs a browser out', tags: ['session'] } },
    async (request, reply) => {
      if (presentedKey(request)) reply.clearCookie(COOKIE, { path: '/' });
      return reply.code(204).send();
    },
  );
}
