import { resolve } from 'node:path';
import type { Command } from 'commander';
import { sweepCrashedRuns } from '../adapters/postgres-crashed-runs.ts';
import { type Database, sql } from '../adapters/postgres-database.ts';
import { readHealth } from '../adapters/postgres-health.ts';
import { EXIT_CODES, NightjarError } from '../domain/errors.ts';
import { findProblems } from '../health/find-problems.ts';
import { withApp } from './open-app.ts';
import { formatStatus, type RunRow, type Status } from './print-status.ts';
import { readRules } from './read-rules.ts';
import type { Shell } from './shell.ts';

interface StatusFlags {
  runs: number;
  json?: boolean;
  check?: boolean;
}

/** `nightjar status`: how the pipeline does. */
export function addStatusCommand(program: Command, shell: Shell): void {
  program
    .command('status')
    .description('jobs, pending photos, queue, rejects and the last runs')
    .option('--runs <n>', 'how many of the last runs', parseRuns, 10)
    .option('--json', 'as JSON')
    .option('--check', 'only what needs attention; exit code 3 where something does')
    .action((flags: StatusFlags) =>
      withApp(shell, { reserveOutput: true, existing: true }, async ({ config, database }) => {
        await sweepCrashedRuns(database); // so that no dead run is shown as running
        const health = await readHealth(database);
        const rules = readRules(resolve(shell.cwd, config.jobsDir), health);
        const problems = findProblems(health, rules);
        const status = { ...health, problems, runs: await readRuns(database, flags.runs) };
        shell.print(format(status, flags));
        if (flags.check && problems.length > 0) shell.exit(EXIT_CODES.overBudget);
      }),
    );
}

function format(status: Status, { json, check }: StatusFlags): string {
  if (json) return JSON.stringify(status);
  if (!check) return formatStatus(status);
  if (status.problems.length === 0) return 'nothing needs attention';
  return status.problems.map(({ text }) => text).join('\n');
}

async function readRuns(database: Database, runs: number): Promise<RunRow[]> {
  return (await database.query<RunRow & Record<string, unknown>>(sql('list-runs'), [runs])).rows;
}

function parseRuns(value: string): number {
  const runs = Number(value);
  if (Number.isSafeInteger(runs) && runs > 0) return runs;
  throw new NightjarError(
    'USAGE',
    `Expected a whole number above 0 for --runs but received "${value}".`,
  );
}
