import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Server } from './s3-server.ts';
import type { Random } from './seeded-random.ts';

/** What S3 does on bad days. */
export const S3_FAULTS = [
  'error 500',
  'error 503 SlowDown',
  'error 403',
  /** The right Content-Length, and half of the body before the connection ends. */
  'body cut off',
  /** Half of the body with half of the Content-Length: nothing in the answer looks wrong. */
  'body and length cut off',
  /** A Content-Length of more bytes than ever come. */
  'length too long',
  'connection reset',
  /** The body in small pieces. */
  'slow body',
  /** The head and half of the body, and then nothing, on an open connection. */
  'body stalls',
] as const;
export type S3Fault = (typeof S3_FAULTS)[number];

/** A request as a plan sees it. */
export interface S3Request {
  readonly kind: 'list' | 'get';
  /** The object's key, decoded; empty for a listing. */
  readonly key: string;
  /** How often this has been asked before. */
  readonly earlier: number;
}

/** The fault a request meets; undefined: none. */
export type S3Plan = (request: S3Request) => S3Fault | undefined;

/** A front of a real S3 server that fails as planned. */
export interface FaultyS3 {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** What a program needs in its environment to talk to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Faults that happened so far, each with how often. */
  readonly happened: ReadonlyMap<S3Fault, number>;
  plan: S3Plan;
  /** Does something before the next GET of a key is answered, once: delete or replace the object. */
  beforeGet(key: string, act: () => Promise<void>): void;
  close(): Promise<void>;
}

/** Puts a front before `server`, without faults until a plan is set. Keys are those of any bucket. */
export async function startFaultyS3(server: S3Server): Promise<FaultyS3> {
  const happened = new Map<S3Fault, number>();
  const earlier = new Map<string, number>();
  const acts = new Map<string, () => Promise<void>>();
  const front = createServer(async (request, response) => {
    try {
      const { kind, key } = parse(request);
      const before = earlier.get(`${kind} ${key}`) ?? 0;
      earlier.set(`${kind} ${key}`, before + 1);
      const act = acts.get(key);
      acts.delete(key);
      if (kind === 'get') await act?.();
      const fault = faulty.plan({ kind, key, earlier: before });
      if (fault) happened.set(fault, (happened.get(fault) ?? 0) + 1);
      await answer(request, response, server.endpoint, fault);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const faulty: FaultyS3 = {
    endpoint,
    env: { ...server.env, AWS_ENDPOINT_URL_S3: endpoint },
    happened,
    plan: () => undefined,
    beforeGet: (key, act) => acts.set(key, act),
    close: async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
    },
  };
  return faulty;
}

/** Lets a share of all requests fail, each with one of `faults`. */
export function randomPlan(random: Random, share: number, faults: readonly S3Fault[]): S3Plan {
  return () => (random.next() < share ? random.pick(faults) : undefined);
}

/** Lets the requests with these keys fail, as often as they are made. */
export function planFor(keys: Readonly<Record<string, S3Fault>>): S3Plan {
  return ({ kind, key }) => (kind === 'get' ? keys[key] : undefined);
}

/** `/bucket/key` for objects, `/bucket/?list-type=2…` for listings. */
function parse(request: IncomingMessage): Pick<S3Request, 'kind' | 'key'> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  if (searchParams.has('list-type')) return { kind: 'list', key: '' };
  return { kind: 'get', key: decodeURIComponent(pathname.split('/').slice(2).join('/')) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: string,
  fault: S3Fault | undefined,
): Promise<void> {
  const refusal = refusalOf(fault);
  if (refusal) {
    const [status, code] = refusal;
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>as planned</Message></Error>`);
    return;
  }
  if (fault === 'connection reset') return void request.socket.resetAndDestroy();
  const { status, headers, body } = await forward(request, endpoint);
  const half = body.subarray(0, body.length / 2);
  const withLength = (length: number) => {
    response.writeHead(status, { ...headers, 'content-length': length });
  };
  switch (fault) {
    case 'body cut off':
      withLength(body.length);
      response.write(half, () => response.destroy());
      return;
    case 'body and length cut off':
      withLength(half.length);
      response.end(half);
      return;
    case 'length too long':
      withLength(body.length + 1000);
      response.write(body, () => response.destroy());
      return;
    case 'slow body':
      withLength(body.length);
      await trickle(body, response);
      return;
    case 'body stalls':
      withLength(body.length);
      response.write(half);
      return;
    default:
      withLength(body.length);
      response.end(body);
  }
}

function refusalOf(fault: S3Fault | undefined): readonly [number, string] | undefined {
  if (fault === 'error 500') return [500, 'InternalError'];
  if (fault === 'error 503 SlowDown') return [503, 'SlowDown'];
  if (fault === 'error 403') return [403, 'AccessDenied'];
  return undefined;
}

async function trickle(body: Buffer, response: ServerResponse): Promise<void> {
  const piece = Math.ceil(body.length / 8);
  for (let from = 0; from < body.length; from += piece) {
    response.write(body.subarray(from, from + piece));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  response.end();
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** What the real server says. It is asked in full each time: its answers are small here. */
function forward(request: IncomingMessage, endpoint: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, headers } = request;
    const url = new URL(request.url ?? '', endpoint);
    const asked = httpRequest(url, { method: method ?? 'GET', headers, agent: false }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('error', reject);
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => {
        const { 'transfer-encoding': _, connection: __, ...rest } = reply.headers;
        resolve({ status: reply.statusCode ?? 500, headers: rest, body: Buffer.concat(chunks) });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
