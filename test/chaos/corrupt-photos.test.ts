import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ChaosStage,
  inForm,
  listFiles,
  openStage,
  runUndisturbed,
} from '../helpers/chaos-stage.ts';
import { lastJson } from '../helpers/cli.ts';
import {
  expectReconciled,
  type ReconciledRun,
  type ResultTable,
  readResultTable,
} from '../helpers/result-table.ts';
import { announceSeed, type Random } from '../helpers/seeded-random.ts';

/** Twice a thousand photos in the long form: each sound one has a corrupt brother. */
const COPIES = inForm(1, 17);
const LIMIT_MS = inForm(60_000, 180_000);

let undisturbed: ResultTable;
let stage: ChaosStage;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
});
afterAll(() => stage.remove());

/** Ways in which files get damaged. */
const DAMAGES: Record<string, (bytes: Buffer, random: Random) => Buffer> = {
  'nothing left': () => Buffer.alloc(0),
  'all zeros': (bytes) => Buffer.alloc(bytes.length),
  'cut off': (bytes, random) => bytes.subarray(0, random.between(1, bytes.length - 2)),
  text: () => Buffer.from('<html><body>504 Gateway Time-out</body></html>'),
  noise: (bytes, random) => Buffer.from(bytes.map(() => random.between(0, 255))),
  'bits of the header flipped': (bytes, random) => flip(bytes, random, Math.min(600, bytes.length)),
  'bits flipped anywhere': (bytes, random) => flip(bytes, random, bytes.length),
  'the middle zeroed': (bytes) => Buffer.from(bytes).fill(0, bytes.length >> 2, bytes.length >> 1),
};

function flip(bytes: Buffer, random: Random, within: number): Buffer {
  const flipped = Buffer.from(bytes);
  for (let n = 0; n < 20; n++) {
    const at = random.between(0, within - 1);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return flipped;
}

test('as many corrupt photos as sound ones: each ends as exactly one row, and the sound ones’ rows are the same', async () => {
  const random = announceSeed('corrupt photos');
  const kinds = Object.entries(DAMAGES);
  const sound = await listFiles(stage.photos);
  for (const [n, key] of sound.entries()) {
    const [name, damage] = kinds[n % kinds.length]!;
    const target = join(stage.photos, 'corrupt', name, key);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, damage(await readFile(join(stage.photos, key)), random));
  }
  await stage.writeJob({ errorBudget: '60%' });
  const startedAt = performance.now();
  const { code, stdout, stderr } = await stage.run({ NIGHTJAR_BATCH_SIZE: '8' });
  expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  expect(code, stderr.slice(-2000)).toBe(0);
  const summary = lastJson(stdout) as unknown as ReconciledRun;
  expect(summary).toMatchObject({ listed: 2 * sound.length, pending: 0 });
  await expectReconciled(stage.test.database, summary);
  const { predictions, rejects } = await readResultTable(stage.test.database);
  const isCorrupt = ({ key }: Record<string, unknown>) => String(key).startsWith('corrupt/');
  expect(predictions.filter((row) => !isCorrupt(row))).toEqual(undisturbed.predictions);
  expect(rejects.filter((row) => !isCorrupt(row))).toEqual(undisturbed.rejects);
  const keys = [...predictions, ...rejects].filter(isCorrupt).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toHaveLength(sound.length);
  // A flipped bit may go unnoticed; what is no picture any more may not.
  const codes = (name: string) =>
    new Set(
      rejects.filter(({ key }) => String(key).startsWith(`corrupt/${name}/`)).map((r) => r.code),
    );
  expect(codes('nothing left')).toEqual(new Set(['IMAGE_EMPTY']));
  for (const name of ['all zeros', 'text'])
    expect(codes(name)).toEqual(new Set(['FORMAT_UNKNOWN']));
  const predictedOf = (name: string) =>
    predictions.filter(({ key }) => String(key).startsWith(`corrupt/${name}/`)).length;
  for (const name of ['nothing left', 'all zeros', 'text', 'noise', 'cut off']) {
    expect(predictedOf(name), name).toBe(0);
  }
}, 240_000);
