import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { showPhoto } from '../../privacy/show-prediction.ts';
import type { ApiContext } from '../context.ts';
import * as p from '../parameters.ts';
import { Problem, problemSchema } from '../problem.ts';
import { photoSchema } from '../schemas.ts';
import { THUMBNAIL_SIZES } from '../thumbnails.ts';

const params = z.object({ id: p.id });
const DAY_SECONDS = 86_400;

/** `GET /v1/photos/{id}` and its thumbnail. */
export function addPhotoRoutes(app: FastifyInstance, context: ApiContext): void {
  const find = async (id: string, precise: boolean) => {
    const photo = await context.reads.findPhoto(id, await context.guard.of(precise));
    if (photo) return photo;
    throw new Problem(404, `Expected a photo but there is no ${id}.`);
  };
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/v1/photos/:id',
    {
      schema: {
        summary: 'A photo with the evidence of every model version’s answer',
        tags: ['photos'],
        params,
        querystring: p.none,
        response: { 200: photoSchema, '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ params, scopes }) => showPhoto(await find(params.id, scopes.includes('read:precise'))),
  );
  typed.get(
    '/v1/photos/:id/image',
    {
      schema: {
        summary: 'A thumbnail, made from the source; without the original’s metadata',
        tags: ['photos'],
        produces: ['image/jpeg'],
        params,
        querystring: z.strictObject({
          size: p.oneOf(THUMBNAIL_SIZES).default(320).describe('Pixels of the longer side'),
        }),
        response: { '4xx': problemSchema, '5xx': problemSchema },
      },
    },
    async ({ params, query }, reply) => {
      const photo = await find(params.id, true);
      const image = await context.thumbnails.make(photo, query.size);
      // A photo's id stands for one version of its bytes.
      reply.header('cache-control', `private, max-age=${DAY_SECONDS}, immutable`);
      return reply
        .type('image/jpeg')
        .serializer(String)
        .send(image as never);
    },
  );
}
