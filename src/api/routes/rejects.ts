import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { REJECT_CODES, type RejectCode } from '../../domain/outcome.ts';
import type { RejectPosition } from '../../rejects.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { problemSchema } from '../problem.ts';
import { rejectPageSchema } from '../schemas.ts';

const codes = Object.keys(REJECT_CODES) as [RejectCode, ...RejectCode[]];

/** `GET /v1/rejects`. */
export function addRejectRoutes(app: FastifyInstance, context: ApiContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/rejects',
    {
      schema: {
        summary: 'Photos without an answer, and why; the newest first',
        tags: ['rejects'],
        querystring: z.strictObject({
          code: z.enum(codes).optional(),
          run: p.id.optional(),
          source: z.string().max(2000).optional(),
          final: z.enum(['true', 'false']).optional().describe('true: no run tries it again'),
          limit: p.limit,
          cursor: p.cursor,
        }),
        response: { 200: rejectPageSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ query }) => {
      const filter = {
        codes: query.code ? [query.code] : null,
        runId: query.run ?? null,
        sources: query.source ? [query.source] : null,
        modelVersionId: null,
        final: query.final ? query.final === 'true' : null,
      };
      const page = await context.rejects.listPage(filter, afterOf(query.cursor), query.limit);
      return {
        items: page.items.map(({ photo, firstRejectedAt, lastRejectedAt, ...reject }) => ({
          ...reject,
          photoId: photo,
          firstRejectedAt: firstRejectedAt.toISOString(),
          lastRejectedAt: lastRejectedAt.toISOString(),
        })),
        nextCursor: page.next && p.toCursor(page.next),
      };
    },
  );
}

function afterOf(cursor: string | undefined): RejectPosition | null {
  const [time = '', photo = '', model = ''] =
    p.fromCursor(cursor, [p.isTime, p.isId, p.isSmallId]) ?? [];
  return time ? [time, photo, model] : null;
}
