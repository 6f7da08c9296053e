import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { CSV_HEADER, toCsvLines } from '../../export/csv.ts';
import { toFeature } from '../../export/geojson.ts';
import { expandDecisions } from '../../filter/decisions.ts';
import { folderPrefix } from '../../filter/folder-prefix.ts';
import { labelsOf } from '../../filter/labels-of.ts';
import { showPrediction } from '../../privacy/show-prediction.ts';
import type { PredictionFilter } from '../../reads.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';
import { predictionPageSchema } from '../schemas.ts';

const querystring = z.object({
  taxon: p.taxa,
  from: p.localTime.optional().describe('Taken at or after, by the camera’s clock'),
  to: p.localTime.optional().describe('Taken before'),
  bbox: p.box.optional().describe('west,south,east,north in degrees; may cross the date line'),
  cell: p.cell.optional().describe('H3, resolution 2–7'),
  minScore: p.score.optional(),
  decision: p.decisions,
  model: p.modelRef,
  run: p.id.optional(),
  source: z.string().max(2000).optional(),
  deployment: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('The folder of a camera: photos whose key begins with it'),
  limit: p.limit,
  cursor: p.cursor,
  format: z.enum(['json', 'csv', 'geojson']).optional().describe('Default: by Accept'),
});

/** `GET /v1/predictions`. */
export function addPredictionRoutes(app: FastifyInstance, context: ApiContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/predictions',
    {
      schema: {
        summary: 'Current predictions, the newest photos first',
        tags: ['predictions'],
        produces: ['application/json', 'text/csv', 'application/geo+json'],
        querystring,
        response: { 200: predictionPageSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const models = await context.models.choose(query.model);
      const filter: PredictionFilter = {
        modelVersionIds: models.map(({ id }) => id),
        labels: labelsOf(query.taxon, models),
        from: query.from ?? null,
        to: query.to ?? null,
        minScore: query.minScore ?? null,
        decisions: expandDecisions(query.decision),
        run: query.run ?? null,
        source: query.source ?? null,
        keyPrefix: query.deployment ? folderPrefix(query.deployment) : null,
        box: query.bbox ?? null,
        cell: query.cell ?? null,
      };
      const privacy = await context.guard.of(request.scopes.includes('read:precise'));
      const page = { after: afterOf(query.cursor), limit: query.limit };
      const rows = await context.reads.listPredictions(filter, privacy, page);
      const last = rows.length === query.limit ? rows.at(-1) : undefined;
      const nextCursor = last ? p.toCursor([last.positionTime, last.photoId]) : null;
      const items = rows.map(showPrediction);
      if (nextCursor) reply.header('link', `<${nextAddress(request, nextCursor)}>; rel="next"`);
      const format = query.format ?? negotiate(request);
      if (format === 'csv') return sendText(reply, 'text/csv', CSV_HEADER + toCsvLines(items));
      if (format === 'geojson') {
        const collection = { type: 'FeatureCollection', features: items.map(toFeature) };
        return sendText(reply, 'application/geo+json', JSON.stringify(collection));
      }
      return { items, nextCursor };
    },
  );
}

function afterOf(cursor: string | undefined): { time: string; photo: string } | null {
  if (cursor === undefined) return null;
  const [time = '', photo = ''] = p.fromCursor(cursor, 2) ?? [];
  const isTime = time === '-infinity' || !Number.isNaN(Date.parse(time));
  if (isTime && /^\d{1,18}$/.test(photo)) return { time, photo };
  throw new Problem(
    400,
    'Expected the nextCursor of a page before but received something else for cursor.',
  );
}

function nextAddress(request: FastifyRequest, cursor: string): string {
  const address = new URL(request.url, 'http://localhost');
  address.searchParams.set('cursor', cursor);
  return `${address.pathname}${address.search}`;
}

/** What the asker takes, of what there is; JSON where it does not say. */
function negotiate(request: FastifyRequest): 'json' | 'csv' | 'geojson' {
  const accept = request.headers.accept ?? '*/*';
  for (const part of accept.split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase() ?? '';
    if (['application/json', 'application/*', '*/*'].includes(type)) return 'json';
    if (type === 'text/csv') return 'csv';
    if (type === 'application/geo+json') return 'geojson';
  }
  throw new Problem(
    406,
    'Expected Accept to name application/json, text/csv or application/geo+json.',
  );
}

/** Past the schema of the JSON answer. */
function sendText(reply: FastifyReply, type: string, text: string): never {
  return reply.type(`${type}; charset=utf-8`).serializer(String).send(text) as never;
}
