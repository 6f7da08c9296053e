import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readModelPackage } from '../src/adapters/model-package.ts';
import { drawGrowth, type Step } from './speed/draw-growth.ts';
import { makePhotos } from './speed/make-photos.ts';
import { measure } from './speed/measure.ts';
import { openStage, writeJob } from './speed/stage.ts';

// Whether time and memory grow with the photos and no faster: npm run bench:growth
//   -- --counts 1000,5000,20000 --model FOLDER --svg docs/growth.svg --json FILE
const { values: flags } = parseArgs({
  options: {
    counts: { type: 'string', default: '1000,5000,20000' },
    /** Folder of a model package. */
    model: { type: 'string', default: 'models/demo/1' },
    svg: { type: 'string' },
    json: { type: 'string' },
  },
});
const folder = resolve(flags.model);
const { manifest } = await readModelPackage(folder);
const stage = await openStage(folder);
const steps: Step[] = [];
try {
  for (const count of flags.counts.split(',').map(Number)) {
    const name = `photos-${count}`;
    await stage.fillFolder(name, await makePhotos('0.3', count));
    const url = await stage.createDatabase();
    await writeJob(stage.cwd, stage.urlOf('folder', name), manifest.name);
    const measured = await measure({
      command: process.execPath,
      args: [resolve('dist/cli.js'), 'run', '--job', 'bench', '--json'],
      cwd: stage.cwd,
      env: { DATABASE_URL: url },
    });
    await stage.dropDatabase(url);
    const { seconds, cpuMs, peakBytes, residentBytes } = measured;
    steps.push({ photos: count, seconds, cpuSeconds: cpuMs / 1000, peakBytes, residentBytes });
    console.log(
      `${String(count).padStart(7)} photos: ${seconds.toFixed(1)} s, ${(cpuMs / count).toFixed(2)} ms of CPU a photo, ` +
        `peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB, ` +
        `${((measured.bytesPerSecond * seconds * 1000) / count / 2 ** 20).toFixed(2)} MiB more per 1,000 photos`,
    );
  }
} finally {
  await stage.close();
}
if (flags.json) await writeFile(flags.json, `${JSON.stringify(steps, null, 2)}\n`);
if (flags.svg) await writeFile(flags.svg, drawGrowth(steps));
