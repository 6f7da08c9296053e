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
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Too slow',
  413: 'Too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  422: 'Cannot be shown',
  429: 'Too many requests',
  431: 'Headers too long',
  500: 'Internal error',
  502: 'Source not reachable',
  503: 'Not ready',
};
/** What the database says when it gave a statement up. */
const STATEMENT_TIMEOUT = '57014';
/** The class of what it says when a value cannot be. */
const DATA_EXCEPTION = /^22/;

/** What is told of errors that are not our own: never their own words, which may quote what was sent. */
const DETAILS: Record<number, string> = {
  400: 'Expected a request that can be read; /docs shows what there is.',
  404: 'There is no such page. /docs shows what there is.',
  405: 'Expected another method; Allow names those there are.',
  408: 'Expected the request sooner.',
  413: 'Expected a shorter body.',
  414: 'Expected a shorter address.',
  415: 'Expected JSON.',
  429: 'Expected fewer requests at a time; Retry-After says how many seconds to wait.',
  431: 'Expected shorter headers and a shorter address.',
  500: 'What went wrong is in the log, under the requestId.',
  503: 'The database does not answer. Ask again in a moment.',
};
const TOO_MUCH =
  'Expected an answer in time but there was too much to read. Ask for less: a shorter time, a smaller box, one species.';

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
    .header('x-request-id', request.id)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(toProblem(status, request.id, detail, errors));
}

/** The body of problem details; the usual detail of the status where none is given. */
export function toProblem(
  status: number,
  requestId: string,
  detail = DETAILS[status],
  errors?: { parameter: string; detail: string }[],
): z.infer<typeof problemSchema> {
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    ...(detail !== undefined && { detail }),
    requestId,
    ...(errors && { errors }),
  };
}

function statusOf(error: FastifyError | Error): number {
  if (error instanceof Problem) return error.status;
  if (hasZodFastifySchemaValidationErrors(error)) return 400;
  const code = 'code' in error ? String(error.code) : '';
  if (code === STATEMENT_TIMEOUT || code === 'DATABASE_UNREACHABLE') return 503;
  if (DATA_EXCEPTION.test(code)) return 400;
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : 500;
}

function detailOf(error: Error, status: number): string | undefined {
  if (error instanceof Problem) return error.message;
  if ('code' in error && error.code === STATEMENT_TIMEOUT) return TOO_MUCH;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return 'Expected other parameters; see errors, and /docs for what there is.';
  }
  return DETAILS[status];
}

function fieldErrors(error: Error): { parameter: string; detail: string }[] | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  return error.validation.map(({ instancePath, message }) => ({
    parameter: instancePath.replace(/^\//, '') || 'query',
    detail: message ?? 'not as expected',
  }));
}
