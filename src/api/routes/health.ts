import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../domain/errors.ts';
import { findProblems } from '../../health/find-problems.ts';
import type { Health } from '../../health/health.ts';
import { renderMetrics } from '../../health/render-metrics.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { sendProblem } from '../problem.ts';
import { createRequestMetrics } from '../request-metrics.ts';

/** Scrapes and dashboards may come often: the health is read once in so long. */
const REMEMBER_MS = 5000;

/** `GET /healthz`, `/readyz`, `/metrics` and `/v1/status`. */
export function addHealthRoutes(app: FastifyInstance, context: ApiContext): void {
  const { reads, options } = context;
  const open = { config: { open: true } };
  const tellStatus = (known: Health) => ({
    ...known,
    problems: findProblems(known, context.readRules(known)),
  });
  const health = remember(() => context.readHealth());
  app.get(
    '/healthz',
    { ...open, schema: { summary: 'Whether the server answers', tags: ['health'] } },
    async () => ({
      status: 'ok',
    }),
  );
  app.get(
    '/readyz',
    { ...open, schema: { summary: 'Whether the database answers', tags: ['health'] } },
    async (request, reply) => {
      try {
        await reads.listRuns({ job: null, status: null, kind: null }, null, 1);
        return { status: 'ok' };
      } catch (error) {
        options.log.warn('not ready', { error: messageOf(error) });
        return sendProblem(request, reply, 503, 'The database does not answer.');
      }
    },
  );
  app.get(
    '/v1/status',
    {
      schema: {
        summary: 'How the pipeline does: what `nightjar status --json` says, but for the runs',
        tags: ['health'],
        querystring: p.none,
      },
    },
    async (_, reply) =>
      reply
        .type('application/json')
        .serializer(JSON.stringify)
        .send(tellStatus(await health())),
  );
  const requests = createRequestMetrics(app);
  app.get(
    '/metrics',
    { schema: { summary: 'For Prometheus', tags: ['health'] } },
    async (_, reply) => {
      const text = `${await renderMetrics(await health())}\n${await requests.metrics()}`;
      return reply.type('text/plain; version=0.0.4; charset=utf-8').serializer(String).send(text);
    },
  );
}

function remember(read: () => Promise<Health>): () => Promise<Health> {
  let known: { until: number; health: Promise<Health> } | null = null;
  return () => {
    if (!known || known.until < Date.now()) {
      known = { until: Date.now() + REMEMBER_MS, health: read() };
      known.health.catch(() => {
        known = null;
      });
    }
    return known.health;
  };
}
