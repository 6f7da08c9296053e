import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { readModelPackage } from '../src/adapters/model-package.ts';
import { expectBucket, makePhotos } from './speed/make-photos.ts';
import { type Measured, measure } from './speed/measure.ts';
import { median } from './speed/median.ts';
import { openStage, writeJob } from './speed/stage.ts';

// Whether the settings that nightjar chooses by itself are the best there are: npm run bench:tuning
//   -- --size 0.3 --photos 800 --repeats 3 --model FOLDER
const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: '0.3' },
    photos: { type: 'string', default: '800' },
    repeats: { type: 'string', default: '3' },
    /** Folder of a model package. */
    model: { type: 'string', default: 'models/demo/1' },
  },
});

/** What a run is started with, on how many cores. */
interface Variant {
  readonly cores: number;
  readonly settings: Readonly<Record<string, string>>;
}

const bucket = expectBucket(flags.size);
const photos = Number(flags.photos);
const folder = resolve(flags.model);
const { manifest } = await readModelPackage(folder);
const stage = await openStage(folder);
try {
  await stage.fillFolder(bucket, await makePhotos(bucket, photos));
  await writeJob(stage.cwd, stage.urlOf('folder', bucket), manifest.name);
  const measured = listVariants().map((variant) => ({ variant, runs: [] as Measured[] }));
  await runOnce({ cores: availableParallelism(), settings: {} }); // reads programs and photos for all
  // Interleaved: what slows the machine down for a while slows everything down alike.
  for (let repeat = 0; repeat < Number(flags.repeats); repeat++) {
    for (const { variant, runs } of measured) {
      runs.push(await runOnce(variant));
      process.stderr.write(`${variant.cores}: ${describe(variant)}\n`);
    }
  }
  print(measured);
} finally {
  await stage.close();
}

/** The defaults, and each setting that follows the cores one way and the other. */
function listVariants(): Variant[] {
  const cores = [...new Set([1, availableParallelism()])];
  return cores.flatMap((count) => {
    const others: Record<string, string>[] = [
      ...[count - 1, count + 1].map((n) => ({ NIGHTJAR_INFERENCE_WORKERS: String(n) })),
      ...[count, count + 3].map((n) => ({ NIGHTJAR_DECODE_CONCURRENCY: String(n) })),
      ...[8, 128].map((n) => ({ NIGHTJAR_BATCH_SIZE: String(n) })),
      { NIGHTJAR_SHARD_SIZE: '10000' },
    ];
    const possible = others.filter((settings) => !Object.values(settings).includes('0'));
    return [{}, ...possible].map((settings) => ({ cores: count, settings }));
  });
}

async function runOnce({ cores, settings }: Variant): Promise<Measured> {
  const url = await stage.createDatabase();
  const run = [resolve('dist/cli.js'), 'run', '--job', 'bench', '--json'];
  const measured = await measure({
    command: 'taskset',
    args: ['--cpu-list', `0-${cores - 1}`, process.execPath, ...run],
    cwd: stage.cwd,
    env: { DATABASE_URL: url, ...settings },
  });
  await stage.dropDatabase(url);
  return measured;
}

function describe({ settings }: Variant): string {
  const [entry] = Object.entries(settings);
  return entry ? `${entry[0]}=${entry[1]}` : 'as it chooses';
}

function print(measured: readonly { variant: Variant; runs: readonly Measured[] }[]): void {
  const table = new Table({
    head: ['cores', 'settings', 'photos/s', 'CPU ms', 'peak MiB', 'speed'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  let asChosen = Number.NaN;
  for (const { variant, runs } of measured) {
    const speed = photos / median(runs.map(({ seconds }) => seconds));
    if (Object.keys(variant.settings).length === 0) asChosen = speed;
    table.push([
      variant.cores,
      describe(variant),
      speed.toFixed(1),
      (median(runs.map(({ cpuMs }) => cpuMs)) / photos).toFixed(2),
      (median(runs.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0),
      (speed / asChosen).toFixed(2),
    ]);
  }
  console.log(`${bucket} MP, ${photos} photos, ${manifest.name}@${manifest.version}`);
  console.log(table.toString());
}
