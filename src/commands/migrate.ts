import type { Command } from 'commander';
import { grantReader } from '../adapters/postgres-migrations.ts';
import { migrateAll, withApp } from './open-app.ts';
import type { Shell } from './shell.ts';

/** `nightjar migrate`: brings the database up to date. */
export function addMigrateCommand(program: Command, shell: Shell): void {
  program
    .command('migrate')
    .description('bring the database up to date')
    .action(async () => {
      await withApp(
        shell,
        { unmigrated: true, expectNew: true },
        async ({ database, databaseName }) => {
          const applied = await migrateAll(database);
          const what = applied.length > 0 ? `applied ${applied.join(', ')}` : 'up to date';
          shell.print(`Database ${databaseName}: ${what}.`);
          const missing = await grantReader(database);
          if (missing) shell.print(missing);
        },
      );
    });
}
