import type { Command } from 'commander';
import { Option } from 'commander';
import { resolveModel } from '../adapters/postgres-model-registry.ts';
import { NightjarError } from '../domain/errors.ts';
import { REPROCESS_MODES, type Reprocess, type Selection } from '../domain/selection.ts';
import type { NewRun } from '../run/context.ts';
import { estimate, formatBackfillPreview } from './backfill-preview.ts';
import { type App, withApp } from './open-app.ts';
import { parseClockTime, parseCount, parseTime } from './parse-flags.ts';
import { pickJob } from './run.ts';
import { runAndTell, withRunContext } from './run-job.ts';
import type { Shell } from './shell.ts';

interface BackfillFlags {
  job?: string;
  from: Date;
  to: Date;
  by: Selection['by'];
  model?: string;
  reprocess: Reprocess;
  maxActive?: number;
  limit?: number;
  reverse?: boolean;
  dryRun?: boolean;
  json?: boolean;
  logicalTime?: Date;
}

/** `nightjar backfill`: a run over a window of time, which makes way for scheduled runs. */
export function addBackfillCommand(program: Command, shell: Shell): void {
  program
    .command('backfill')
    .description('run a job over the photos of a window of time, after scheduled runs')
    .option('--job <name>', 'which job; may be left out where there is only one')
    .requiredOption('--from <time>', 'from this day or time on', parseClockTime('--from'))
    .requiredOption('--to <time>', 'up to, and without, this day or time', parseClockTime('--to'))
    .addOption(
      new Option(
        '--by <time>',
        'by the camera’s clock, or by when the object was last written (UTC)',
      )
        .choices(['captured', 'modified'])
        .default('captured'),
    )
    .option('--model <name@version>', 'another model or version than the job’s')
    .addOption(
      new Option('--reprocess <mode>', 'also make again what failed, or what was completed')
        .choices(REPROCESS_MODES)
        .default('none'),
    )
    .option(
      '--max-active <shards>',
      'shards in work at a time, on all machines together',
      parseCount('--max-active'),
    )
    .option('--limit <photos>', 'work on this many photos at most', parseCount('--limit'))
    .option('--reverse', 'the newest first')
    .option('--dry-run', 'count photos and bytes, estimate the time, change nothing')
    .option('--json', 'end with one line of JSON')
    .addOption(new Option('--logical-time <iso>').argParser(parseTime('--logical-time')).hideHelp())
    .action(async (flags: BackfillFlags) => {
      await withApp(shell, { reserveOutput: flags.json }, async (app) => {
        const request = requestOf(flags, app, shell);
        // A slip of the pen is told before a run is begun: none fails over it, none is in another's way.
        if (flags.model !== undefined) await resolveModel(app.database, flags.model);
        if (flags.dryRun) await preview(request, flags, app, shell);
        else await runAndTell(request, app, shell, flags);
      });
    });
}

function requestOf(flags: BackfillFlags, app: App, shell: Shell): NewRun {
  const { from, to, by, reverse = false, model, limit, reprocess, maxActive } = flags;
  if (from >= to) {
    throw new NightjarError(
      'USAGE',
      `Expected --from before --to but received ${from.toISOString()} and ${to.toISOString()}.`,
    );
  }
  const job = pickJob(flags.job, app, shell);
  return {
    job: model === undefined ? job : { ...job, model },
    kind: 'backfill',
    trigger: 'shell',
    logicalTime: flags.logicalTime ?? new Date(),
    selection: { from, to, by, reverse },
    reprocess,
    limit,
    maxActive,
  };
}

async function preview(
  request: NewRun,
  flags: BackfillFlags,
  app: App,
  shell: Shell,
): Promise<void> {
  const found = await estimate(request, app, (work) => withRunContext(app, shell, flags, work));
  if (flags.json) shell.print(JSON.stringify(found));
  else shell.print(formatBackfillPreview(found));
}
