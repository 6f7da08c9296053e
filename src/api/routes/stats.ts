import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { expandDecisions } from '../../filter/decisions.ts';
import { labelsOf } from '../../filter/labels-of.ts';
import { areasIn } from '../../privacy/areas.ts';
import { AREA_RESOLUTION, middleOf } from '../../privacy/show-place.ts';
import { COUNT_DIMENSIONS, type CountRow, DAY_WIDTHS } from '../../reads.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';
import { countsSchema, modelsSchema, speciesSchema } from '../schemas.ts';

/** More rows are no chart any more. */
const MAX_ROWS = 20_000;

const by = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(z.enum(COUNT_DIMENSIONS)).min(1),
  )
  .default(['day', 'label'])
  .describe('What to tell apart: any of day, label, decision, area, source');

/** `GET /v1/stats/daily`, `/v1/species` and `/v1/models`. */
export function addStatRoutes(app: FastifyInstance, context: ApiContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/v1/stats/daily',
    {
      schema: {
        summary: 'How many photos, by day, species, decision and area',
        description:
          'Counted when a run ends, and every minute or so while one loads. Areas are H3 cells of resolution 5 or coarser, for everybody.',
        tags: ['statistics'],
        querystring: z.strictObject({
          by,
          width: z
            .enum(DAY_WIDTHS)
            .default('day')
            .describe('Days are told apart by day, week, month or year'),
          resolution: z.coerce
            .number()
            .int()
            .min(2)
            .max(AREA_RESOLUTION)
            .default(AREA_RESOLUTION)
            .describe('H3 resolution of areas: 5 is 0.1–0.2° wide, 3 about 1°, 2 about 3°'),
          taxon: p.taxa,
          from: p.day.optional(),
          to: p.day.optional().describe('The last day'),
          decision: p.decisions,
          bbox: p.box.optional().describe('Areas whose middle is in west,south,east,north'),
          source: z.string().max(2000).optional(),
          model: p.modelRef,
        }),
        response: { 200: countsSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ query }) => {
      const models = await context.models.choose(query.model);
      const filter = {
        modelVersionIds: models.map(({ id }) => id),
        labels: labelsOf(query.taxon, models),
        firstDay: query.from ?? null,
        lastDay: query.to ?? null,
        decisions: expandDecisions(query.decision),
        source: query.source ?? null,
        areas: query.bbox ? areasIn(query.bbox, await context.reads.listAreas(null)) : null,
      };
      const { by: dimensions, width, resolution } = query;
      const rows = await context.reads.countPredictions(
        filter,
        { dimensions, width, resolution },
        MAX_ROWS + 1,
      );
      if (rows.length > MAX_ROWS) {
        throw new Problem(
          422,
          `Expected at most ${MAX_ROWS} rows but there are more. Ask for fewer at a time: a larger width, a lower resolution, fewer of by, a shorter time.`,
        );
      }
      return { items: rows.map((row) => showCounts(row, query.by)) };
    },
  );
  typed.get(
    '/v1/species',
    {
      schema: {
        summary: 'What was seen: species and the higher taxa of roll-ups, and how often',
        tags: ['statistics'],
        querystring: z.strictObject({ model: p.modelRef }),
        response: { 200: speciesSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ query }) => {
      const models = await context.models.choose(query.model);
      const seen = await context.reads.listSeenLabels(models.map(({ id }) => id));
      const { labels } = await context.guard.of(false);
      const sensitive = new Set(labels);
      return { items: seen.map((one) => ({ ...one, sensitive: sensitive.has(one.label) })) };
    },
  );
  typed.get(
    '/v1/models',
    {
      schema: {
        summary: 'The registered model versions',
        tags: ['statistics'],
        querystring: p.none,
        response: { 200: modelsSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async () => ({
      items: (await context.models.list()).map(({ name, version, production, labels }) => ({
        name,
        version,
        production,
        labels: labels.length,
      })),
    }),
  );
}

/** Only what was told apart. */
function showCounts(row: CountRow, by: readonly (typeof COUNT_DIMENSIONS)[number][]) {
  const { day, label, commonName, rank, decision, area, source, photos, meanScore } = row;
  return {
    ...(by.includes('day') && { day }),
    ...(by.includes('label') && { label: label ?? '', commonName, rank: rank ?? '' }),
    ...(by.includes('decision') && { decision: decision ?? '' }),
    ...(by.includes('area') && { area, ...middleOf(area) }),
    ...(by.includes('source') && { source: source ?? '' }),
    photos,
    meanScore,
  };
}
