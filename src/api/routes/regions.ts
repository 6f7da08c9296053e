import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { NightjarError } from '../../domain/errors.ts';
import { AREA_RESOLUTION } from '../../privacy/show-place.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';
import { placeSchema } from '../schemas.ts';

/** `GET /v1/regions/lookup`. */
export function addRegionRoutes(app: FastifyInstance, { lookUp }: ApiContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/regions/lookup',
    {
      schema: {
        summary: 'Which animals live at a place, as the fusing of predictions sees it',
        description:
          'Without read:precise no cell finer than resolution 5 answers, as finer ones would tell where sensitive species are.',
        tags: ['regions'],
        querystring: z.strictObject({
          latitude: p.number(-90, 90),
          longitude: p.number(-180, 180),
          month: p.integer(0, 12).default(0).describe('1–12; 0: the whole year'),
          snapshot: z
            .string()
            .min(1)
            .max(200)
            .default('production')
            .describe('An alias or NAME@VERSION'),
        }),
        response: { 200: placeSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ query: { snapshot, ...place }, scopes }) => {
      try {
        const found = await lookUp(
          snapshot,
          place,
          scopes.includes('read:precise') ? null : AREA_RESOLUTION,
        );
        return { ...found, taxa: [...found.taxa] };
      } catch (error) {
        if (error instanceof NightjarError && error.code === 'REGIONS_UNKNOWN') {
          throw new Problem(404, `Expected a region snapshot but there is no ${snapshot}.`);
        }
        throw error;
      }
    },
  );
}
