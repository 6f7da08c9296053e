import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { packagePath } from '../adapters/package-files.ts';
import { listApiKeys } from '../adapters/postgres-api-keys.ts';
import type { Database } from '../adapters/postgres-database.ts';
import { EXIT_CODES, messageOf, NightjarError } from '../domain/errors.ts';
import { openApiAdapters } from './open-api-adapters.ts';
import { type ServingApp, withApp } from './open-app.ts';
import { readSensitiveTaxa } from './read-sensitive-taxa.ts';
import type { Shell } from './shell.ts';

/** Where the dashboard's files are once they were built. */
const DASHBOARD = 'dist/dashboard';

/** `nightjar serve`: the read API and the dashboard. */
export function addServeCommand(program: Command, shell: Shell): void {
  program
    .command('serve')
    .description('the read API and the dashboard, until told to stop')
    .option('--host <address>', 'where to listen; from elsewhere than this machine keys are needed')
    .option('--port <number>', 'default 8080; 0: any that is free')
    .action((flags: { host?: string; port?: string }) =>
      withApp(shell, { flags: { ...flags } }, (app) => serve(app, shell)),
    );
}

async function serve(app: ServingApp, shell: Shell): Promise<void> {
  const { config, log } = app;
  const { host, port } = config;
  const loopback = isLoopback(host);
  if (!loopback && !(await hasKeyInUse(app.database))) {
    throw new NightjarError(
      'USAGE',
      `Expected an API key before listening on ${host}, where others can ask, but there is none. ` +
        'Make one with `nightjar keys add NAME`, or listen on 127.0.0.1.',
    );
  }
  // Loaded here alone: every command would be a third slower to start.
  const { createServer } = await import('../api/create-server.ts');
  const reader = await app.openReader();
  try {
    const server = await createServer(openApiAdapters(reader, config, shell.cwd), {
      loopback,
      rateLimit: config.rateLimit,
      sensitiveTaxa: readSensitiveTaxa(config.sensitiveTaxaFile, shell.cwd),
      maxImagePixels: config.maxImagePixels,
      dashboard: findDashboard(),
      version: JSON.parse(readFileSync(packagePath('package.json'), 'utf8')).version,
      log,
    });
    try {
      const address = await server.listen({ host, port });
      log.info('serving', { address });
      if (shell.interactive) shell.print(`nightjar is at ${address}. Stop with Ctrl-C.`);
      await untilStopped(shell.signal);
    } catch (error) {
      throw cannotListen(error, host, port);
    } finally {
      await server.close();
    }
  } finally {
    await reader.close();
  }
  shell.exit(shell.stoppedBy() === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted);
}

async function hasKeyInUse(database: Database): Promise<boolean> {
  return (await listApiKeys(database)).some(({ revokedAt }) => revokedAt === null);
}

/** Null where it was not built, as in a checkout before `npm run build:dashboard`. */
function findDashboard(): string | null {
  const folder = packagePath(DASHBOARD);
  return existsSync(resolve(folder, 'index.html')) ? folder : null;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

function cannotListen(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  return new NightjarError(
    'USAGE',
    `Expected ${host}:${port} to be free to listen on but: ${messageOf(error)}. Name another with --port or --host.`,
  );
}
