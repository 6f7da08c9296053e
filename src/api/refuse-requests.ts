import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, sendProblem, toProblem } from './problem.ts';

const STATUS_OF_FAULT: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The part of a socket that is answered on. */
interface Answerable {
  readonly writable: boolean;
  end(text: string): unknown;
  destroy(): unknown;
}

/** Answers what is no HTTP, or too much of it, before there is a request: on the bare socket. */
export function refuseConnection(error: Error & { code?: string }, socket: Answerable): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(STATUS_OF_FAULT[error.code ?? ''] ?? 400, crypto.randomUUID());
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Answers an address that cannot be read, before there is a route. */
export function refuseAddress(
  error: { readonly statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 400;
  // No hook runs this early.
  reply.headers({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'",
  });
  sendProblem(request, reply, status, toProblem(status, request.id).detail);
}

/** Refuses text that is no UTF-8, and NUL, which no text in the database has. */
export function refuseBrokenText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ url }) => {
    if (isReadable(url)) return;
    throw new Problem(400, 'Expected parameters in UTF-8, without NUL.');
  });
}

function isReadable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    return !decodeURIComponent(url).includes('\0');
  } catch {
    return false;
  }
}

/** Tells a page that is there, but not for the method, from one that is not. */
export function refuseUnknown(app: FastifyInstance): void {
  const pages: { readonly pattern: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const pattern = new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}/?$`);
    for (const one of [method].flat()) pages.push({ pattern, method: one });
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set(pages.filter((p) => p.pattern.test(path)).map((p) => p.method));
    if (methods.size === 0) return sendProblem(request, reply, 404, toProblem(404, '').detail);
    reply.header('allow', [...methods].sort().join(', '));
    return sendProblem(request, reply, 405, toProblem(405, '').detail);
  });
}
