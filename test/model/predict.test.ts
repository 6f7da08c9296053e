import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelPackage } from '../../src/adapters/model-package.ts';
import { openOnnxClassifier } from '../../src/adapters/onnx-classifier.ts';
import type { InHand } from '../../src/domain/in-hand.ts';
import { fault } from '../../src/domain/outcome.ts';
import type { SharedPixels } from '../../src/domain/pixels.ts';
import type { Prediction } from '../../src/domain/prediction.ts';
import type { RegionalFeatures } from '../../src/domain/region.ts';
import { BufferPool } from '../../src/flow/buffer-pool.ts';
import { predict } from '../../src/model/predict.ts';
import type { Classifier } from '../../src/ports.ts';
import {
  BLACK,
  BLUE,
  GREEN,
  logitsOf,
  MAGENTA,
  manyColours,
  paint,
  RED,
  type Rgb,
  softmax,
} from '../helpers/colours.ts';
import { type FixtureName, readFixture } from '../helpers/model-package.ts';

type Joined = InHand<{ readonly pixels: SharedPixels; readonly regional: RegionalFeatures | null }>;
type Predicted = InHand<{ readonly prediction: Prediction }>;

let nextId = 1;

/** A photo as it comes out of the stage before: a plain colour, at a place or at none. */
function photoOf(colour: Rgb, regional: RegionalFeatures | null = null): Joined {
  const painted = paint(colour);
  const pixels = new Uint8Array(new SharedArrayBuffer(painted.length));
  pixels.set(painted);
  return { ...facts(), outcome: { ok: true, pixels, regional } };
}

/** A photo that an earlier stage has refused. */
function refused(): Joined {
  return { ...facts(), outcome: fault('IMAGE_TRUNCATED', 'Expected a whole picture') };
}

function facts() {
  const id = String(nextId++);
  const key = `${id}.jpg`;
  const photo = {
    id,
    source: 'file:///photos/',
    key,
    etag: '1',
    size: 1,
    lastModified: new Date(0),
  };
  return { photo, metadata: null, size: null, contentSha256: null, cell: null };
}

/** Keeps nothing. */
const noPool = () => new BufferPool((bytes) => new SharedArrayBuffer(bytes), 0);

/** One model for a suite, with the stage over it. */
function useStage(name: FixtureName, workers = 1) {
  let model: ModelPackage;
  let classifier: Classifier;
  beforeAll(async () => {
    model = await readFixture(name);
    classifier = await openOnnxClassifier(model, { workers });
  });
  afterAll(() => classifier?.close());
  return async (...batches: Joined[][]): Promise<Predicted[][]> => {
    async function* input() {
      yield* batches;
    }
    const rules = {
      labels: model.labels,
      thresholds: model.manifest.decision,
      fusion: 'weighted' as const,
      picturePool: noPool(),
    };
    const predicted: Predicted[][] = [];
    for await (const batch of predict(input(), classifier, rules)) predicted.push(batch);
    return predicted;
  };
}

/** What became of each: the label, or the code it was rejected with. */
const resultsOf = (photos: readonly Predicted[]) =>
  photos.map(({ outcome }) => (outcome.ok ? outcome.prediction.label : outcome.code));

const idsOf = (photos: readonly InHand<unknown>[]) => photos.map(({ photo }) => photo.id);

/** Each predicted photo has exactly the scores of its own colour. */
function expectOwnScores(photos: readonly Predicted[], colours: readonly Rgb[]): void {
  for (const [row, { outcome }] of photos.entries()) {
    if (!outcome.ok) continue;
    const expected = softmax(logitsOf(colours[row] as Rgb));
    for (const { index, score } of outcome.prediction.rawScores) {
      expect(score).toBeCloseTo(expected[index] as number, 5);
    }
  }
}

describe('with a model that fails on a batch for one of its photos', () => {
  const run = useStage('poison', 2);

  test('exactly the photos at fault are MODEL_FAILED; the other 14 of 16 keep their own scores', async () => {
    const colours = manyColours(16);
    colours[3] = MAGENTA;
    colours[12] = MAGENTA;
    const [photos = []] = await run(colours.map((colour) => photoOf(colour)));
    const failed = photos.flatMap(({ outcome }, row) => (outcome.ok ? [] : [row]));
    expect(failed).toEqual([3, 12]);
    expect(photos[3]?.outcome).toMatchObject({ ok: false, stage: 'model', code: 'MODEL_FAILED' });
    expect(photos[3]?.outcome).toMatchObject({ message: expect.stringContaining('Gather') });
    expectOwnScores(photos, colours);
  });

  test.each([0, 7, 15])('finds a single one at row %i', async (culprit) => {
    const colours = manyColours(16).map((colour, row) => (row === culprit ? MAGENTA : colour));
    const [photos = []] = await run(colours.map((colour) => photoOf(colour)));
    const results = resultsOf(photos);
    expect(results.indexOf('MODEL_FAILED')).toBe(culprit);
    expect(results.lastIndexOf('MODEL_FAILED')).toBe(culprit);
  });

  test('7 photos that all fail are rejected; of 8 that all fail the model is to blame, and the run stops', async () => {
    const failing = (count: number) => Array.from({ length: count }, () => photoOf(MAGENTA));
    const [seven = []] = await run(failing(7));
    expect(resultsOf(seven)).toEqual(Array.from({ length: 7 }, () => 'MODEL_FAILED'));
    await expect(run(failing(8))).rejects.toMatchObject({
      name: 'NightjarError',
      code: 'MODEL_FAILED',
      message: expect.stringMatching(/failed on each of 8 photos: .*Gather/s),
    });
  });

  test('8 that fail beside one that does not are rejected, and the run goes on', async () => {
    const batch = [...Array.from({ length: 8 }, () => MAGENTA), GREEN].map((c) => photoOf(c));
    const [photos = [], more = []] = await run(batch, [photoOf(RED)]);
    expect(resultsOf(photos).filter((result) => result === 'MODEL_FAILED')).toHaveLength(8);
    expect(resultsOf([...photos.slice(8), ...more])).toEqual(['Panthera pardus', 'Panthera onca']);
  });

  test('photos refused earlier pass as they are, in their place, and never count as the model’s', async () => {
    const batch = [
      refused(),
      photoOf(RED),
      ...Array.from({ length: 8 }, refused),
      photoOf(MAGENTA),
    ];
    const [photos = []] = await run(batch);
    expect(idsOf(photos)).toEqual(idsOf(batch));
    expect(resultsOf(photos)).toEqual([
      'IMAGE_TRUNCATED',
      'Panthera onca',
      ...Array.from({ length: 8 }, () => 'IMAGE_TRUNCATED'),
      'MODEL_FAILED',
    ]);
    expect(photos[0]?.outcome).toBe(batch[0]?.outcome);
  });
});

test('pictures that were seen are room for the next ones, those of a failed batch as well', async () => {
  const model = await readFixture('poison');
  const classifier = await openOnnxClassifier(model);
  const picturePool = new BufferPool((bytes) => new SharedArrayBuffer(bytes), 2 ** 20);
  const batch = [RED, MAGENTA, GREEN].map((colour) => photoOf(colour));
  async function* input() {
    yield [...batch, refused()];
  }
  const { labels, manifest } = model;
  const rules = { labels, thresholds: manifest.decision, fusion: 'weighted' as const, picturePool };
  const { value } = await predict(input(), classifier, rules).next();
  expect(resultsOf(value ?? [])).toContain('MODEL_FAILED');
  await classifier.close();
  const own = batch.flatMap(({ outcome }) => (outcome.ok ? outcome.pixels.buffer : []));
  const again = own.map(({ byteLength }) => picturePool.take(byteLength).buffer);
  // By identity: two buffers of one length are equal.
  expect(again.filter((buffer) => own.includes(buffer))).toHaveLength(3);
  expect(new Set(again).size).toBe(3);
});

describe('with a model that is gone', () => {
  test('the run stops: it is no fault of the photos', async () => {
    const model = await readFixture('sigmoid');
    const classifier = await openOnnxClassifier(model);
    await classifier.close();
    async function* input() {
      yield [photoOf(RED), photoOf(GREEN)];
    }
    const rules = {
      labels: model.labels,
      thresholds: model.manifest.decision,
      fusion: 'weighted' as const,
      picturePool: noPool(),
    };
    await expect(predict(input(), classifier, rules).next()).rejects.toThrow('closed');
  });
});

describe('with a model that says NaN for one of the photos', () => {
  const run = useStage('not-a-number');

  test('exactly that photo is SCORES_INVALID, the others keep their own scores', async () => {
    const colours = manyColours(8).map((colour, row) => (row === 5 ? MAGENTA : colour));
    const [photos = []] = await run(colours.map((colour) => photoOf(colour)));
    expect(resultsOf(photos).map((result) => result === 'SCORES_INVALID')).toEqual(
      colours.map((colour) => colour === MAGENTA),
    );
    expect(photos[5]?.outcome).toMatchObject({ stage: 'model', code: 'SCORES_INVALID' });
    expectOwnScores(photos, colours);
  });
});

describe('with a healthy model', () => {
  const run = useStage('fixed-batch', 2);

  test('red, green, blue and black are predicted as the labels they stand for', async () => {
    const [photos = []] = await run([RED, GREEN, BLUE, BLACK].map((colour) => photoOf(colour)));
    expect(resultsOf(photos)).toEqual([
      'Panthera onca',
      'Panthera pardus',
      'Vulpes vulpes',
      'blank',
    ]);
  });

  test('as many photos come out as went in, in the same order, whatever the sizes of the batches', async () => {
    const sizes = [1, 5, 0, 32, 2, 3, 17, 1];
    const colours = manyColours(61);
    const all = colours.map((colour) => photoOf(colour));
    let from = 0;
    const batches = sizes.map((size) => {
      from += size;
      return all.slice(from - size, from);
    });
    const predicted = await run(...batches);
    expect(predicted.map((batch) => batch.length)).toEqual(sizes);
    expect(idsOf(predicted.flat())).toEqual(idsOf(all));
    expect(predicted.flat().every(({ outcome }) => outcome.ok)).toBe(true);
    expectOwnScores(predicted.flat(), colours);
  });

  test('a batch of refused photos only does not reach the model', async () => {
    const batch = Array.from({ length: 9 }, refused);
    const [photos = []] = await run(batch);
    expect(photos.map(({ outcome }) => outcome)).toEqual(batch.map(({ outcome }) => outcome));
  });

  test('a place where the first does not live changes the answer of its own photo only', async () => {
    const orange: Rgb = [255, 120, 0];
    const elsewhere = { cell: '87283082affffff', month: 6, presence: Float32Array.of(0, 1, 1, 1) };
    const [photos = []] = await run([photoOf(orange), photoOf(orange, elsewhere), photoOf(orange)]);
    expect(resultsOf(photos)[0]).toBe('Panthera onca');
    expect(resultsOf(photos)[2]).toBe('Panthera onca');
    expect(photos[0]?.outcome).toMatchObject({
      prediction: { decision: 'vision', fusion: 'none' },
    });
    expect(photos[1]?.outcome).toMatchObject({
      prediction: { visionPresence: 0, regionCell: '87283082affffff', regionMonth: 6 },
    });
    expect(resultsOf(photos)[1]).not.toBe('Panthera onca');
  });
});
