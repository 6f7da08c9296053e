import Fastify, { type FastifyInstance } from 'fastify';
import { type Database, openDatabase } from '../src/adapters/postgres-database.ts';
import { createServer } from '../src/api/create-server.ts';
import { openApiAdapters } from '../src/commands/open-api-adapters.ts';
import { loadConfig } from '../src/config.ts';

/** What a server under load is told: the API itself, or bare routes that send the same statements. */
export interface ServerOrder {
  readonly kind: 'api' | 'bare';
  readonly url: string;
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

// A process of its own, so that who asks does not take its time: bench/api.ts starts it.
process.once('message', (order: ServerOrder) => {
  void serve(order).then((port) => process.send?.({ port }));
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
});
process.once('disconnect', () => process.exit());

async function serve({ kind, url, paths, headers }: ServerOrder): Promise<number> {
  const config = loadConfig({ cwd: process.cwd(), env: {} });
  const reader = await openDatabase({
    url,
    poolSize: config.databasePoolSize,
    timeoutMs: config.databaseTimeoutMs,
    reader: config,
    log,
  });
  const sent: Statement[] = [];
  const api = await openApi(kind === 'api' ? reader : recording(reader, sent));
  const app = kind === 'api' ? api : await openBare(api, reader, { paths, headers, sent });
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

function openApi(reader: Database): Promise<FastifyInstance> {
  const config = loadConfig({ cwd: process.cwd(), env: {} });
  return createServer(openApiAdapters(reader, config, process.cwd()), {
    loopback: true,
    rateLimit: 1_000_000_000,
    sensitiveTaxa: new Set(['elephantidae']),
    maxImagePixels: config.maxImagePixels,
    dashboard: null,
    version: '0.0.0',
    log,
  });
}

interface Statement {
  readonly text: string;
  readonly values: unknown[] | undefined;
}

function recording(reader: Database, sent: Statement[]): Database {
  return {
    ...reader,
    query(text, values) {
      sent.push({ text, values });
      return reader.query(text, values);
    },
  };
}

/** For each path a route that sends what the API sent for it, once it knew all that it keeps, and nothing more. */
async function openBare(
  api: FastifyInstance,
  reader: Database,
  { paths, headers, sent }: Pick<ServerOrder, 'paths' | 'headers'> & { readonly sent: Statement[] },
): Promise<FastifyInstance> {
  const app = Fastify();
  const statements = new Map<string, readonly Statement[]>();
  for (const path of paths) {
    for (const _ of ['what is kept is read', 'and then known']) {
      sent.length = 0;
      const reply = await api.inject({ url: path, headers });
      if (reply.statusCode !== 200) throw new Error(`${path}: ${reply.payload}`);
    }
    statements.set(path, [...sent]);
  }
  app.get('/*', async ({ url }, reply) => {
    const rows = [];
    for (const { text, values } of statements.get(url) ?? []) {
      rows.push((await reader.query(text, values)).rows);
    }
    return reply.type('application/json').send(JSON.stringify(rows));
  });
  return app;
}
