import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addCommands } from '../src/commands/all.ts';
import type { Shell } from '../src/commands/shell.ts';
import { SETTINGS } from '../src/config.ts';
import { REJECT_CODES } from '../src/domain/outcome.ts';
import { JOB_KEYS } from '../src/run/job.ts';

const README = readFileSync('README.md', 'utf8');
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;

function listCommands(command: Command, path = 'nightjar'): { path: string; options: string[] }[] {
  return command.commands.flatMap((sub) => {
    const name = `${path} ${sub.name()}`;
    if (sub.commands.length > 0) return listCommands(sub, name);
    return [
      {
        path: name,
        options: sub.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? ''),
      },
    ];
  });
}

const program = await addCommands(new Command('nightjar'), {} as Shell);

describe('the README says everything there is', () => {
  test.each(listCommands(program))('$path with its options $options', ({ path, options }) => {
    const line = README.split('\n').find((text) => text.startsWith(`| \`${path}`));
    expect(line, `no line for ${path}`).toBeDefined();
    for (const option of options) expect(line).toContain(option);
  });

  test.each(Object.entries(SETTINGS))('the setting %s', (key, { env }) => {
    expect(README).toContain(`| \`${key}\` | \`${env}\` |`);
  });

  test.each(Object.entries(REJECT_CODES))(
    'the reject code %s',
    (code, { stage, final, meaning }) => {
      expect(README).toContain(row(`\`${code}\``, stage, final ? 'yes' : 'no', meaning));
    },
  );

  test.each(JOB_KEYS)('the job key %s', (key) => {
    expect(README).toContain(`| \`${key}\` |`);
  });
});
