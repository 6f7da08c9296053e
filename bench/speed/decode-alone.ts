import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { ModelInput } from '../../src/domain/model.ts';
import { preprocessImage } from '../../src/transform/preprocess-image.ts';

// The floor of decoding, in a process of its own: nothing but pictures in memory and their pixels.
// --folder F --photos N --input JSON [--bare]; prints one line of JSON.
const { values: flags } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    photos: { type: 'string', default: '100' },
    /** The model's input, as its manifest has it. */
    input: { type: 'string', default: '{}' },
    /** By sharp's shortest way instead of nightjar's. */
    bare: { type: 'boolean', default: false },
  },
});
/** Different pictures that are held in memory. */
const MOST_HELD = 60;
const photos = Number(flags.photos);
const input = JSON.parse(flags.input) as ModelInput;
const { width, height, fit, kernel } = input;
const names = await readdir(flags.folder, { recursive: true });
const files = names.filter((name) => name.endsWith('.jpg')).slice(0, MOST_HELD);
const pictures = await Promise.all(files.map((file) => readFile(join(flags.folder, file))));

sharp.cache(false);
sharp.concurrency(1);
const decode = flags.bare
  ? (bytes: Buffer) =>
      sharp(bytes).autoOrient().resize(width, height, { fit, kernel }).raw().toBuffer()
  : (bytes: Buffer) => preprocessImage(bytes, input);

await decodeAll(Math.min(photos, 2 * pictures.length)); // warms up
const before = process.cpuUsage();
const start = performance.now();
await decodeAll(photos);
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ photos, cpuMs: (user + system) / 1000, seconds }));
process.exit();

/** At full parallelism: one picture for each core, and one that waits. */
async function decodeAll(count: number): Promise<void> {
  let next = 0;
  const hands = Array.from({ length: availableParallelism() + 1 }, async () => {
    while (next < count) await decode(pictures[next++ % pictures.length] as Buffer);
  });
  await Promise.all(hands);
}
