import type { FastifyInstance } from 'fastify';
import { Histogram, Registry } from 'prom-client';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Times every request of the server by its route: `nightjar_http_request_duration_seconds`. */
export function createRequestMetrics(app: FastifyInstance): Registry {
  const registry = new Registry();
  const durations = new Histogram({
    name: 'nightjar_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['route', 'method', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  app.addHook('onResponse', async ({ routeOptions, method }, reply) => {
    const route = routeOptions.url ?? 'none'; // never the address: it may be anything
    durations.observe({ route, method, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  return registry;
}
