import { resolve } from 'node:path';
import type { Command } from 'commander';
import { stopEmbeddedPostgres } from '../adapters/embedded-postgres.ts';
import { loadConfig } from '../config.ts';
import type { Shell } from './shell.ts';

/** `nightjar db stop`: stops the embedded PostgreSQL. */
export function addDbCommand(program: Command, shell: Shell): void {
  program
    .command('db')
    .description('the embedded database')
    .command('stop')
    .description('stop the embedded PostgreSQL, whoever uses it')
    .action(async () => {
      const { home } = loadConfig({ cwd: shell.cwd, env: shell.env });
      const stopped = await stopEmbeddedPostgres(resolve(shell.cwd, home));
      const what = stopped ? 'stopped' : 'was not running';
      shell.print(`The embedded PostgreSQL in ${home} ${what}.`);
    });
}
