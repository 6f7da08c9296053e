import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTempFolder } from '../helpers/temp-folder.ts';

const run = promisify(execFile);

/** The environment without what npm tells its scripts, which would speak of this checkout. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
);

test('npm pack gives a tarball that installs into an empty folder and runs there, compiled', async () => {
  const folder = await createTempFolder('nightjar-package-');
  const options = { cwd: folder, env, maxBuffer: 2 ** 24 };
  try {
    await run('npm', ['pack', '--pack-destination', folder], { env, maxBuffer: 2 ** 24 });
    const [tarball = ''] = await readdir(folder);
    await run('npm', ['install', '--prefer-offline', '--no-audit', `./${tarball}`], options);
    const installed = join(folder, 'node_modules', 'nightjar');
    expect(await readdir(installed)).not.toContain('src');
    const { stdout } = await run(
      join(folder, 'node_modules', '.bin', 'nightjar'),
      ['demo'],
      options,
    );
    expect(stdout).toContain('60 predicted + 1 rejected + 0 pending');
    expect(stdout).toContain('Job:      jobs/demo.yaml, written.');
    await run(join(folder, 'node_modules', '.bin', 'nightjar'), ['run', '--job', 'demo'], options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
