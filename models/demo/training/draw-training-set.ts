import { mkdir, open, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { preprocessImage } from '../../../src/transform/preprocess-image.ts';
import { drawScene, renderJpeg } from './draw-scene.ts';
import { MODEL_INPUT } from './model-input.ts';
import { LABELS } from './species.ts';

// Draws labelled scenes and packs their pixels, prepared by the batch's own code:
//   node draw-training-set.ts --name train --seed 1000000 --count 12000
// gives .work/train.bin (count × height × width × 3 bytes, RGB) and .work/train.json.

const WORK = new URL('.work/', import.meta.url);
/** High enough that 96 × 96 pixels are made by shrinking, as they are from real photos. */
const PICTURE_HEIGHT = 240;
/** Scenes drawn at a time. */
const TOGETHER = 4;

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'train' },
    seed: { type: 'string', default: '1000000' },
    count: { type: 'string', default: '12000' },
  },
});
await drawSet(values.name, Number(values.seed), Number(values.count));

async function drawSet(name: string, firstSeed: number, count: number): Promise<void> {
  await mkdir(WORK, { recursive: true });
  const file = await open(new URL(`${name}.bin`, WORK), 'w');
  const labels: number[] = [];
  try {
    for (let from = 0; from < count; from += TOGETHER) {
      const scenes = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, i) => from + i);
      const pixels = await Promise.all(scenes.map((i) => pixelsOf(firstSeed + i, labelOf(i))));
      await file.write(Buffer.concat(pixels));
      labels.push(...scenes.map((i) => i % LABELS.length));
      if (from % 1000 === 0) console.log(`${name}: ${from} of ${count} scenes`);
    }
  } finally {
    await file.close();
  }
  const about = { name, firstSeed, count, input: MODEL_INPUT, labels };
  await writeFile(new URL(`${name}.json`, WORK), JSON.stringify(about));
}

function labelOf(scene: number): string {
  return LABELS[scene % LABELS.length]!.scientificName;
}

async function pixelsOf(seed: number, species: string): Promise<Uint8Array> {
  const jpeg = await renderJpeg(drawScene({ seed, species }), PICTURE_HEIGHT);
  const prepared = await preprocessImage(jpeg, MODEL_INPUT);
  if (!prepared.ok) throw new Error(`Expected scene ${seed} to decode but: ${prepared.message}`);
  return prepared.pixels;
}
