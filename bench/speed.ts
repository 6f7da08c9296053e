import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readModelPackage } from '../src/adapters/model-package.ts';
import type { ModelInput } from '../src/domain/model.ts';
import { type Lap, runLap } from './speed/lap.ts';
import { type BucketName, expectBucket, makePhotos } from './speed/make-photos.ts';
import { describeForPeers, PEER_NAMES, type PeerName, peers } from './speed/peers.ts';
import { printReport, summarise } from './speed/report.ts';
import { openStage } from './speed/stage.ts';

// What a photo costs, and what of that is not decoding or inference: npm run bench
//   -- --sizes 0.3,2,12,mixed --repeats 3 --photos 300 --model FOLDER --from FOLDER --json FILE
//   -- --peers python,ray,transformers --no-s3
const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    sizes: { type: 'string', default: '0.3,2,12' },
    repeats: { type: 'string', default: '3' },
    /** Photos of 2 MP in a run; of others as many as take about as long. */
    photos: { type: 'string', default: '600' },
    /** Folder of a model package. */
    model: { type: 'string', default: 'models/demo/1' },
    /** Folder of JPEGs that the photos are made from. */
    from: { type: 'string' },
    s3: { type: 'boolean', default: true },
    peers: { type: 'string', default: '' },
    /** Photos in a call of the model alone; one is the fastest here. */
    batch: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
/** Photos that take about as long as one of 2 MP. */
const FACTORS: Record<BucketName, number> = { '0.3': 1.6, '2': 1, '12': 0.4, mixed: 1 };

if (process.platform !== 'linux')
  throw new Error('Expected Linux, whose /proc tells what is spent');
if (!existsSync('dist/cli.js')) throw new Error('Expected the compiled program: npm run build');
const buckets = flags.sizes.split(',').map(expectBucket);
const chosen = flags.peers.split(',').filter(Boolean).map(expectPeer);
const folder = resolve(flags.model);
const model = await readModelPackage(folder);
for (const name of chosen) await peers[name].prepare();

const stage = await openStage(folder);
try {
  await describeForPeers(folder, join(stage.cwd, 'peer-model'));
  const sizes = new Map<BucketName, { photos: number; laps: Lap[] }>();
  for (const name of buckets) {
    const count = Math.ceil(Number(flags.photos) * FACTORS[name]);
    sizes.set(name, { photos: count, laps: [] });
    const photos = await makePhotos(name, count, flags.from);
    await stage.fillFolder(name, photos);
    if (flags.s3) await stage.fillBucket(name, photos);
  }
  // Interleaved: what slows the machine down for a while slows everything down alike.
  for (let repeat = 0; repeat < Number(flags.repeats); repeat++) {
    for (const [name, { photos, laps }] of sizes) {
      const lap = await runLap({
        stage,
        name,
        photos,
        folder,
        modelName: model.manifest.name,
        input: model.manifest.input as ModelInput,
        batch: Number(flags.batch),
        withS3: flags.s3,
        entry: resolve('dist/cli.js'),
        peers: chosen.map((peer) => peers[peer]),
        say: (what) => process.stderr.write(`${what}\n`),
      });
      laps.push(lap);
    }
  }
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    node: process.version,
  };
  const { name, version } = model.manifest;
  const report = summarise({ machine, model: `${name}@${version}`, sizes });
  printReport(report);
  if (flags.json) await writeFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await stage.close();
}

function expectPeer(name: string): PeerName {
  const known = PEER_NAMES.find((peer) => peer === name);
  if (known) return known;
  throw new Error(`Expected --peers of ${PEER_NAMES.join(', ')} but received "${name}"`);
}
