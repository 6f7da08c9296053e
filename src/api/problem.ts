import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/** RFC 9457 problem details: what every error of the API looks like. */
export const problemSchema = z
  .object({
    type: z
      .string()
      .describe('A URI reference that names the kind of problem; `about:blank` for none'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    requestId: z.string().describe('As in the log'),
    errors: z
      .array(z.object({ parameter: z.string(), detail: z.string() }))
      .optional()
      .describe('One for each parameter that is not as it should be'),
  })
  .meta({ id: 'Problem' });

/** An error that is told to whoever asked. */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Key missing or unknown',
  403: 'Not allowed',
  404: 'Not found',
  406: 'Not acceptable',
  413: 'Too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  422: 'Cannot be shown',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Source not reachable',
  503: 'Not ready',
};
/** What the database says when it gave a statement up. */
const STATEMENT_TIMEOUT = '57014';

/**
 * Turns whatever went wrong into problem details. Only what was meant for the asker is told: statements,
 * paths and stack traces stay in the log, under the request's id.
 */
export function tellProblem(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  const status = statusOf(error);
  if (status >= 500 && !(error instanceof Problem)) {
    const route = request.routeOptions.url ?? 'none';
    log.error('request failed', { request: request.id, route, error: messageOf(error) });
  }
  return sendProblem(request, reply, status, detailOf(error, status), fieldErrors(error));
}

/** Answers with problem details. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  detail?: string,
  errors?: { parameter: string; detail: string }[],
): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({
      type: 'about:blank',
      title: TITLES[status] ?? 'Error',
      status,
      ...(detail !== undefined && { detail }),
      requestId: request.id,
      ...(errors && { errors }),
    });
}

function statusOf(error: FastifyError | Error): number {
  if (error instanceof Problem) return error.status;
  if (hasZodFastifySchemaValidationErrors(error)) return 400;
  if ('code' in error && error.code === STATEMENT_TIMEOUT) return 503;
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : 500;
}

function detailOf(error: Error, status: number): string | undefined {
  if (error instanceof Problem) return error.message;
  if ('code' in error && error.code === STATEMENT_TIMEOUT) {
    return 'Expected an answer in time but there was too much to read. Ask for less: a shorter time, a smaller box, one species.';
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    return 'Expected other parameters; see errors, and /docs for what there is.';
  }
  if (status >= 500) return 'What went wrong is in the log, under the requestId.';
  return status < 500 ? error.message : undefined;
}

function fieldErrors(error: Error): { parameter: string; detail: string }[] | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  return error.validation.map(({ instancePath, message }) => ({
    parameter: instancePath.replace(/^\//, '') || 'query',
    detail: message ?? 'not as expected',
  }));
}
