import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import etag from '@fastify/etag';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import serveFiles from '@fastify/static';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { PrivacyGuard } from '../privacy/privacy-guard.ts';
import { authenticate } from './authenticate.ts';
import type { ApiAdapters, ApiContext, ApiOptions } from './context.ts';
import { KeyRing } from './keys.ts';
import { ModelFilter } from './model-filter.ts';
import { tellProblem } from './problem.ts';
import {
  refuseAddress,
  refuseBrokenText,
  refuseConnection,
  refuseUnknown,
} from './refuse-requests.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addPhotoRoutes } from './routes/photos.ts';
import { addPredictionRoutes } from './routes/predictions.ts';
import { addRegionRoutes } from './routes/regions.ts';
import { addRejectRoutes } from './routes/rejects.ts';
import { addRunRoutes } from './routes/runs.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addStatRoutes } from './routes/stats.ts';
import { Thumbnails } from './thumbnails.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 16 * 1024;
/** Smaller answers are not worth compressing. */
const COMPRESS_FROM_BYTES = 2048;
const KEPT_FOR_GOOD = 'public, max-age=31536000, immutable';

/** The read API and the dashboard, ready to listen. */
export async function createServer(
  adapters: ApiAdapters,
  options: ApiOptions,
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: MAX_BODY_BYTES,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    return503OnClosing: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: refuseAddress,
  });
  const ring = new KeyRing(adapters.findKey);
  const thumbnails = new Thumbnails(adapters, options);
  const context: ApiContext = {
    ...adapters,
    options,
    ring,
    thumbnails,
    guard: new PrivacyGuard(adapters.reads, options.sensitiveTaxa),
    models: new ModelFilter(adapters.reads),
  };
  app.addHook('onClose', () => thumbnails.close());
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: Error, request, reply) => {
    return tellProblem(error, request, reply, options.log);
  });
  await addPlugins(app, context);
  refuseUnknown(app);
  addHealthRoutes(app, context);
  addSessionRoutes(app, context);
  addPredictionRoutes(app, context);
  addPhotoRoutes(app, context);
  addStatRoutes(app, context);
  addRunRoutes(app, context);
  addRejectRoutes(app, context);
  addRegionRoutes(app, context);
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, () => app.swagger());
  if (options.dashboard) await addDashboard(app, options.dashboard);
  return app;
}

/** Open to all: it is the page that asks for a key. */
async function addDashboard(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(async (files) => {
    files.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    await files.register(serveFiles, {
      root: folder,
      wildcard: false,
      preCompressed: true,
      setHeaders: (reply, path) => {
        // The names of assets change with their content.
        reply.header('cache-control', path.includes('/assets/') ? KEPT_FOR_GOOD : 'no-cache');
      },
    });
  });
}

async function addPlugins(app: FastifyInstance, { ring, options }: ApiContext): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Charts set styles of their own.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    hsts: false, // whoever puts TLS before it says so
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    max: options.rateLimit,
    timeWindow: '1 minute',
    keyGenerator: ({ keyId, ip }) => keyId ?? ip,
  });
  authenticate(app, ring, options.loopback);
  refuseBrokenText(app);
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
    reply.header('vary', 'Accept, Accept-Encoding, Authorization, Cookie');
  });
  await app.register(etag, { weak: true });
  await app.register(compress, { threshold: COMPRESS_FROM_BYTES, encodings: ['gzip', 'deflate'] });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'nightjar',
        description: 'Species predictions of camera-trap photos, with their evidence. Read only.',
        version: options.version,
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs' });
  });
}
