import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { CSV_HEADER, toCsvLines } from '../../export/csv.ts';
import { toFeature } from '../../export/geojson.ts';
import { expandDecisions } from '../../filter/decisions.ts';
import { folderPrefix } from '../../filter/folder-prefix.ts';
import { labelsOf } from '../../filter/labels-of.ts';
import { showPrediction } from '../../privacy/show-prediction.ts';
import type { PredictionCursor, PredictionFilter } from '../../reads.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';
import { predictionPageSchema } from '../schemas.ts';

const querystring = z.strictObject({
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
      const nextCursor = last
        ? p.toCursor([last.positionTime, last.photoId, last.positionModel])
        : null;
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

function afterOf(cursor: string | undefined): PredictionCursor | null {
  const [time = '', photo = '', model = ''] =
    p.fromCursor(cursor, [p.isTime, p.isId, p.isSmallId]) ?? [];
  return time ? { time, photo, model } : null;
}

function nextAddress(request: FastifyRequest, cursor: string): string {
  const address = new URL(request.url, 'http://localhost');
  address.searchParams.set('cursor', cursor);
  return `${address.pathname}${address.search}`;
}

const FORMATS = {
  'application/json': 'json',
  'text/csv': 'csv',
  'application/geo+json': 'geojson',
} as const;
type Format = (typeof FORMATS)[keyof typeof FORMATS];

/** What the asker takes best, of what there is; JSON where it does not say. @throws Problem 406 */
function negotiate(request: FastifyRequest): Format {
  const wanted = (request.headers.accept ?? '*/*').split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((text) => text.startsWith('q='))?.slice(2) ?? '1';
    return { type, q: Number(q) || 0 };
  });
  for (const { type, q } of wanted.toSorted((a, b) => b.q - a.q)) {
    const found = Object.entries(FORMATS).find(([name]) => matches(type, name));
    if (found && q > 0) return found[1];
  }
  throw new Problem(
    406,
    'Expected Accept to name application/json, text/csv or application/geo+json.',
  );
}

function matches(range: string, type: string): boolean {
  return range === '*/*' || range === type || range === `${type.split('/')[0]}/*`;
}

/** Past the schema of the JSON answer. */
function sendText(reply: FastifyReply, type: string, text: string): never {
  return reply.type(`${type}; charset=utf-8`).serializer(String).send(text) as never;
}
