import type { Command } from 'commander';
import { addApiKey, listApiKeys, revokeApiKey } from '../adapters/postgres-api-keys.ts';
import { createKey } from '../api/keys.ts';
import { NightjarError } from '../domain/errors.ts';
import { withApp } from './open-app.ts';
import type { Shell } from './shell.ts';
import { formatTable } from './table.ts';

const COLUMNS = ['id', 'name', 'scopes', 'made', 'revoked'].map((heading) => ({ heading }));

/** `nightjar keys add|list|revoke`. */
export function addKeysCommand(program: Command, shell: Shell): void {
  const keys = program.command('keys').description('who may read the API and the dashboard');
  keys
    .command('add <name>')
    .description('make a key and print it, once; whoever has it may read')
    .option('--precise', 'also the exact positions of sensitive species')
    .action((name: string, { precise }: { precise?: boolean }) =>
      withApp(shell, { reserveOutput: true }, async ({ database, log }) => {
        if (!/^[\w.@-]{1,64}$/.test(name)) {
          throw new NightjarError(
            'USAGE',
            `Expected letters, digits and . @ _ - for the key's name but received "${name}".`,
          );
        }
        const { key, id, hash } = createKey();
        const scopes = precise ? (['read', 'read:precise'] as const) : (['read'] as const);
        if (!(await addApiKey(database, { id, name, scopes, hash }))) {
          throw new NightjarError(
            'USAGE',
            `Expected a name that no key in use has but there is a key ${name}. \`nightjar keys revoke ${name}\` ends it.`,
          );
        }
        shell.print(key);
        log.info('key added: it is shown this once', { id, name, scopes });
      }),
    );
  keys
    .command('list')
    .description('the keys; not the keys themselves, which nobody knows')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) =>
      withApp(shell, { reserveOutput: true }, async ({ database }) => {
        const all = await listApiKeys(database);
        if (json) return shell.print(JSON.stringify(all));
        const rows = all.map(({ id, name, scopes, createdAt, revokedAt }) => [
          id,
          name,
          scopes.join(' '),
          day(createdAt),
          revokedAt ? day(revokedAt) : '',
        ]);
        return shell.print(formatTable(COLUMNS, rows));
      }),
    );
  keys
    .command('revoke <name>')
    .description('end a key, by its name or its id; within seconds nobody gets in with it')
    .action((ref: string) =>
      withApp(shell, { reserveOutput: true }, async ({ database }) => {
        if (await revokeApiKey(database, ref)) return shell.print(`The key ${ref} is revoked.`);
        throw new NightjarError(
          'USAGE',
          `Expected a key in use but there is no ${ref}. \`nightjar keys list\` shows them.`,
        );
      }),
    );
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}
