import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';
import { runPageSchema, runSchema } from '../schemas.ts';

/** `GET /v1/runs` and one run. */
export function addRunRoutes(app: FastifyInstance, { reads }: ApiContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/v1/runs',
    {
      schema: {
        summary: 'Runs, the newest first',
        tags: ['runs'],
        querystring: z.strictObject({
          job: z.string().max(200).optional(),
          status: z.string().max(50).optional(),
          kind: z.enum(['run', 'backfill', 'rescore']).optional(),
          limit: p.limit,
          cursor: p.cursor,
        }),
        response: { 200: runPageSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ query: { job = null, status = null, kind = null, limit, cursor } }) => {
      const items = await reads.listRuns({ job, status, kind }, beforeOf(cursor), limit);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, nextCursor: last ? p.toCursor([last.run]) : null };
    },
  );
  typed.get(
    '/v1/runs/:id',
    {
      schema: {
        summary: 'A run, with what it counted',
        tags: ['runs'],
        params: z.object({ id: p.id }),
        querystring: p.none,
        response: { 200: runSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ params: { id } }) => {
      const run = await reads.findRun(id);
      if (run) return run;
      throw new Problem(404, `Expected a run but there is no ${id}.`);
    },
  );
}

function beforeOf(cursor: string | undefined): string | null {
  return p.fromCursor(cursor, [p.isId])?.[0] ?? null;
}
