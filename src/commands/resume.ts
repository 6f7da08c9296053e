import type { Command } from 'commander';
import { NightjarError } from '../domain/errors.ts';
import { withApp } from './open-app.ts';
import { runAndTell } from './run-job.ts';
import type { Shell } from './shell.ts';

/** `nightjar resume`: goes on where a run ended early. */
export function addResumeCommand(program: Command, shell: Shell): void {
  program
    .command('resume')
    .description(
      'go on with a run that crashed, was stopped, failed, went over its error budget or did not add up',
    )
    .argument('<run>', 'its number, as `status` shows it')
    .option('--json', 'end with one line of JSON')
    .action(async (run: string, flags: { json?: boolean }) => {
      const resume = parseRun(run);
      await withApp(shell, { reserveOutput: flags.json, existing: true }, (app) =>
        runAndTell({ resume }, app, shell, flags),
      );
    });
}

function parseRun(value: string): string {
  if (/^[1-9]\d{0,9}$/.test(value)) return value;
  throw new NightjarError('USAGE', `Expected the number of a run but received "${value}".`);
}
