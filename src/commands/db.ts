import { resolve } from 'node:path';
import type { Command } from 'commander';
import { keepEmbeddedPostgres, stopEmbeddedPostgres } from '../adapters/embedded-postgres.ts';
import { loadConfig } from '../config.ts';
import { NightjarError } from '../domain/errors.ts';
import type { Shell } from './shell.ts';

/** `nightjar db start|stop`: the embedded PostgreSQL by hand. */
export function addDbCommand(program: Command, shell: Shell): void {
  const db = program.command('db').description('the embedded database');
  db.command('start')
    .description('start the embedded PostgreSQL, leave it running, and print its URL for psql')
    .action(async () => {
      const { databaseUrl, home } = loadConfig(shell);
      if (databaseUrl) {
        throw new NightjarError(
          'USAGE',
          'Expected no DATABASE_URL but there is one: the embedded database is not in use.',
        );
      }
      shell.print(await keepEmbeddedPostgres(resolve(shell.cwd, home)));
    });
  db.command('stop')
    .description('stop the embedded PostgreSQL')
    .option('--force', 'also while other processes use it')
    .action(async (flags: { force?: boolean }) => {
      const { home } = loadConfig(shell);
      const stopped = await stopEmbeddedPostgres(resolve(shell.cwd, home), flags.force === true);
      const what = stopped ? 'stopped' : 'was not running';
      shell.print(`The embedded PostgreSQL in ${home} ${what}.`);
    });
}
