import type { FastifyInstance } from 'fastify';
import { type Database, openDatabase } from '../../src/adapters/postgres-database.ts';
import type { ApiAdapters, ApiOptions } from '../../src/api/context.ts';
import { createServer } from '../../src/api/create-server.ts';
import { openApiAdapters } from '../../src/commands/open-api-adapters.ts';
import { readSensitiveTaxa } from '../../src/commands/read-sensitive-taxa.ts';
import { loadConfig } from '../../src/config.ts';
import { silentLog } from './silent-log.ts';

/** The API on real adapters, as `nightjar serve` has it, in this process. */
export interface ApiServer {
  readonly app: FastifyInstance;
  /** Connections of the role that only reads. */
  readonly reader: Database;
  /** Answers a GET without going over the network; the host is this machine. */
  get(url: string, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  readonly bytes: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any answer
  json(): any;
}

/** How a server differs from the usual one. */
export interface ApiServerOptions extends Partial<ApiOptions> {
  readonly env?: Record<string, string>;
  readonly adapters?: (adapters: ApiAdapters) => ApiAdapters;
}

/** @param url of a migrated database */
export async function openApiServer(
  url: string,
  { env = {}, adapters = (as) => as, ...options }: ApiServerOptions = {},
): Promise<ApiServer> {
  const config = loadConfig({ cwd: process.cwd(), env });
  const { databasePoolSize: poolSize, databaseTimeoutMs: timeoutMs } = config;
  const reader = await openDatabase({ url, poolSize, timeoutMs, reader: config, log: silentLog });
  const app = await createServer(adapters(openApiAdapters(reader, config, process.cwd())), {
    loopback: true,
    rateLimit: 1_000_000,
    sensitiveTaxa: readSensitiveTaxa(null, process.cwd()),
    maxImagePixels: config.maxImagePixels,
    dashboard: null,
    version: '0.0.0',
    log: silentLog,
    ...options,
  });
  await app.ready();
  return {
    app,
    reader,
    async get(address, headers = {}) {
      const reply = await app.inject({
        url: address,
        headers: { host: 'localhost', ...headers },
      });
      return {
        status: reply.statusCode,
        headers: reply.headers,
        bytes: reply.rawPayload,
        text: reply.payload,
        json: () => reply.json(),
      };
    },
    async close() {
      await app.close();
      await reader.close();
    },
  };
}
