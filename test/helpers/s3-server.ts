import nodeCrypto from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The part of s3rver that is used; the package has no types. */
interface S3rver {
  readonly httpServer: Server;
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
type S3rverClass = new (options: Record<string, unknown>) => S3rver;

const S3rver = createRequire(import.meta.url)('@20minutes/s3rver') as S3rverClass;

/** A real S3 server on a port of its own, with its objects in a temporary folder. */
export interface S3Server {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** What a program needs in its environment to talk to it. */
  readonly env: Readonly<Record<(typeof AWS_VARIABLES)[number], string>>;
  createBucket(bucket: string): Promise<void>;
  putObject(bucket: string, key: string, bytes: Uint8Array): Promise<void>;
  deleteObject(bucket: string, key: string): Promise<void>;
  /** How often each object was asked for so far, by its path `/bucket/key`. */
  countFetches(): Map<string, number>;
  /** Lets each object wait so long from now on, as one far away does. */
  delayFetches(milliseconds: number): void;
  /** Stops it and removes its objects. */
  close(): Promise<void>;
}

const AWS_VARIABLES = [
  'AWS_ENDPOINT_URL_S3',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
] as const;

/**
 * Starts s3rver in this process, on a random port of the loopback interface. It differs from S3 in
 * what tests must know: it ignores `If-Match`, its times of modification are whole seconds, and it
 * refuses an unknown access key but not a wrong signature.
 */
export async function startS3Server(): Promise<S3Server> {
  provideDes();
  const directory = await mkdtemp(join(tmpdir(), 'nightjar-s3-'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    // It signs `/bucket` where the SDK, as S3 itself, signs `/bucket/`.
    allowMismatchedSignatures: true,
  });
  const { port } = await server.run();
  const fetches = new Map<string, number>();
  let delayMs = 0;
  const listeners = server.httpServer.listeners('request') as RequestListener[];
  server.httpServer.removeAllListeners('request');
  server.httpServer.on('request', (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
    const isObject = request.method === 'GET' && /^\/[^/]+\/./.test(path);
    if (isObject) fetches.set(path, (fetches.get(path) ?? 0) + 1);
    const answer = () => {
      for (const listener of listeners) listener(request, response);
    };
    if (isObject && delayMs > 0) setTimeout(answer, delayMs);
    else answer();
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    createBucket: (bucket) => request(endpoint, 'PUT', bucket),
    putObject: (bucket, key, bytes) => request(endpoint, 'PUT', pathOf(bucket, key), bytes),
    deleteObject: (bucket, key) => request(endpoint, 'DELETE', pathOf(bucket, key)),
    countFetches: () => new Map(fetches),
    delayFetches(milliseconds) {
      delayMs = milliseconds;
    },
    async close() {
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Sets variables of this process's environment; the function returned puts them back. */
export function setEnvironment(env: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

function pathOf(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** s3rver takes requests without a signature; the header tells it from a browser's. */
async function request(
  endpoint: string,
  method: string,
  path: string,
  bytes?: Uint8Array,
): Promise<void> {
  const answer = await fetch(`${endpoint}/${path}`, {
    method,
    headers: { 'x-amz-date': new Date().toISOString() },
    ...(bytes && { body: Buffer.from(bytes) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
}

/**
 * s3rver encrypts the tokens of its listing with DES, which OpenSSL 3 has only as triple DES: with
 * the same key three times that is the same cipher. Without it a second page is an error 500.
 */
function provideDes(): void {
  const { createCipheriv, createDecipheriv } = nodeCrypto;
  const triple = (key: unknown) => Buffer.concat([0, 1, 2].map(() => key as Buffer));
  const replace = (
    name: 'createCipheriv' | 'createDecipheriv',
    original: (algorithm: string, key: Buffer, iv: Buffer) => unknown,
  ) =>
    Object.assign(nodeCrypto, {
      [name]: (algorithm: string, key: Buffer, iv: Buffer) =>
        algorithm === 'des'
          ? original('des-ede3-cbc', triple(key), iv)
          : original(algorithm, key, iv),
    });
  replace('createCipheriv', createCipheriv);
  replace('createDecipheriv', createDecipheriv);
}
