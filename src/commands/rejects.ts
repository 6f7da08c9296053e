import { type Command, Option } from 'commander';
import { postgresRejects } from '../adapters/postgres-rejects.ts';
import { NightjarError } from '../domain/errors.ts';
import type { RejectFilter, Rejects } from '../rejects.ts';
import { withApp } from './open-app.ts';
import { formatReject, formatRetried, REJECT_HEADING, sumOf } from './print-rejects.ts';
import { type FilterFlags, readFilter } from './reject-filter.ts';
import type { Shell } from './shell.ts';

/** `nightjar rejects list|retry`. */
export function addRejectsCommand(program: Command, shell: Shell): void {
  const rejects = program
    .command('rejects')
    .description('look at rejected photos, and have them tried again');
  addList(rejects, shell);
  addRetry(rejects, shell);
}

function addFilters(command: Command): Command {
  const collect = (value: string, before: string[] = []) => [...before, value];
  return command
    .option('--code <code>', 'with this reason; may be given several times', collect)
    .option('--run <run>', 'that this run rejected last')
    .option('--source <url>', 'of this source, and of every source below it')
    .option('--model <ref>', 'of this model: NAME@VERSION')
    .addOption(new Option('--final', 'that no run tries again').conflicts('retryable'))
    .option('--retryable', 'that the next run tries again');
}

interface ListFlags extends FilterFlags {
  limit: number;
  all?: boolean;
  json?: boolean;
}

function addList(rejects: Command, shell: Shell): void {
  addFilters(rejects.command('list').description('the rejects, the newest first'))
    .option('--limit <n>', 'this many at most', parseLimit, 50)
    .option('--all', 'all of them')
    .option('--json', 'one JSON object a line')
    .action((flags: ListFlags) =>
      withApp(shell, { reserveOutput: true, existing: true }, async ({ database, log }) => {
        const store = postgresRejects(database);
        const filter = await readFilter(flags, store, database, shell.cwd);
        const shown = await printList(store, filter, flags, shell);
        if (flags.all) return;
        const more = sumOf(await store.count(filter)) - shown;
        if (more <= 0) return;
        if (flags.json) log.warn('more rejects than listed', { listed: shown, more });
        else shell.print(`\nand ${more.toLocaleString('en')} more (--all)`);
      }),
    );
}

/** Prints page by page, as there may be a million. @returns how many */
async function printList(
  store: Rejects,
  filter: RejectFilter,
  { limit, all, json }: ListFlags,
  shell: Shell,
): Promise<number> {
  let shown = 0;
  for await (const page of store.list(filter, all ? Number.POSITIVE_INFINITY : limit)) {
    if (shown === 0 && !json) shell.print(REJECT_HEADING);
    for (const reject of page) shell.print(json ? JSON.stringify(reject) : formatReject(reject));
    shown += page.length;
  }
  if (shown === 0 && !json) shell.print('No rejects.');
  return shown;
}

interface RetryFlags extends FilterFlags {
  all?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

function addRetry(rejects: Command, shell: Shell): void {
  addFilters(
    rejects.command('retry').description('have the next run try rejects again, also final ones'),
  )
    .option('--all', 'all of them: instead of a filter')
    .option('--dry-run', 'count, but change nothing')
    .option('--json', 'as JSON')
    .action((flags: RetryFlags) =>
      withApp(shell, { reserveOutput: true, existing: true }, async ({ database }) => {
        const store = postgresRejects(database);
        const filter = await readFilter(flags, store, database, shell.cwd);
        assertMeant(filter, flags);
        const dryRun = flags.dryRun === true;
        const retried = await (dryRun ? store.countRetryable(filter) : store.retry(filter));
        const photos = sumOf(retried);
        shell.print(
          flags.json
            ? JSON.stringify({ photos, dryRun, rejects: retried })
            : formatRetried(retried, dryRun),
        );
      }),
    );
}

/** Nobody has everything tried again by leaving something out. */
function assertMeant(filter: RejectFilter, { all }: RetryFlags): void {
  if (all || Object.values(filter).some((value) => value !== null)) return;
  throw new NightjarError(
    'USAGE',
    'Expected which rejects to retry but received no filter. Give --code, --run, --source, ' +
      '--model, --final or --retryable; or --all.',
  );
}

function parseLimit(value: string): number {
  const limit = Number(value);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new NightjarError(
    'USAGE',
    `Expected a whole number above 0 for --limit but received "${value}". For all of them: --all.`,
  );
}
