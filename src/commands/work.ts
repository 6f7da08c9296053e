import { hostname } from 'node:os';
import type { Command } from 'commander';
import { EXIT_CODES } from '../domain/errors.ts';
import { help } from '../run/help.ts';
import { withApp } from './open-app.ts';
import { parseCount } from './parse-flags.ts';
import { withRunContext } from './run-job.ts';
import type { Shell } from './shell.ts';

interface WorkFlags {
  threads?: number;
  untilIdle?: boolean;
  json?: boolean;
}

/** `nightjar work`: help with the shards of runs under way, here and on as many machines as there are. */
export function addWorkCommand(program: Command, shell: Shell): void {
  program
    .command('work')
    .description('help with queued shards, until told to stop')
    .option(
      '--threads <count>',
      'inference threads; default one for each core',
      parseCount('--threads'),
    )
    .option('--until-idle', 'end once no shard is left anywhere, and no run is being planned')
    .option('--json', 'end with one line of JSON')
    .action(async ({ threads, untilIdle, json }: WorkFlags) => {
      const flags = { inferenceWorkers: threads };
      await withApp(shell, { reserveOutput: json, existing: true, flags }, async (app) => {
        if (shell.interactive) shell.print('Helping with queued shards. Stop with Ctrl-C.');
        app.log.info('helping', { host: hostname(), pid: process.pid });
        const helped = await withRunContext(app, shell, { json: true }, (context) =>
          help(context, { untilIdle }),
        );
        if (json) shell.print(JSON.stringify(helped));
        else if (shell.interactive) {
          shell.print(`Helped with ${helped.predicted} predicted, ${helped.rejected} rejected.`);
        } else app.log.info('helped', { ...helped });
        const stopped = shell.stoppedBy();
        if (stopped) {
          shell.exit(stopped === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted);
        }
      });
    });
}
