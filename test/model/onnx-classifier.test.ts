import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModelPackage } from '../../src/adapters/model-package.ts';
import { openOnnxClassifier } from '../../src/adapters/onnx-classifier.ts';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { type Classifier, ModelRunError, type PixelBatch } from '../../src/ports.ts';
import { preprocessImage } from '../../src/transform/preprocess-image.ts';
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
import {
  type FixtureName,
  fixtureSource,
  type PackageSource,
  readFixture,
  removePackagesAfterwards,
  writePackage,
} from '../helpers/model-package.ts';
import { type RealModel, readRealModel } from '../helpers/real-models.ts';
import { describeWithSharedData, listShared, readShared } from '../helpers/shared-data.ts';

removePackagesAfterwards();

/** Opens one classifier for a whole suite: a session takes long to make, and is never released. */
function useClassifier(open: () => Promise<Classifier>): { readonly current: Classifier } {
  const holder: { current: Classifier } = { current: undefined as unknown as Classifier };
  beforeAll(async () => {
    holder.current = await open();
  });
  afterAll(() => holder.current?.close());
  return holder;
}

const openFixture = async (name: FixtureName, workers = 1) =>
  openOnnxClassifier(await readFixture(name), { workers });

/** A batch of pictures, with ids that tell them apart. */
function batchOf(
  pixels: readonly Uint8Array[],
  presences: readonly (Float32Array | null)[] = pixels.map(() => null),
): PixelBatch {
  return { ids: pixels.map((_, row) => `photo-${row}`), pixels, presences };
}

const batchOfColours = (colours: readonly Rgb[]) => batchOf(colours.map(paint));

/** Scores of all pictures, run in batches of a size. */
async function classifyInBatches(
  classifier: Classifier,
  pictures: readonly Uint8Array[],
  size: number,
): Promise<Float32Array[]> {
  const scores: Float32Array[] = [];
  for (let from = 0; from < pictures.length; from += size) {
    scores.push(...(await classifier.classify(batchOf(pictures.slice(from, from + size)))));
  }
  return scores;
}

/** Largest difference of any score of any row. */
function farthest(one: readonly ArrayLike<number>[], other: readonly ArrayLike<number>[]): number {
  expect(one.length).toBe(other.length);
  let largest = 0;
  for (const [row, scores] of one.entries()) {
    const others = other[row] as ArrayLike<number>;
    expect(scores.length).toBe(others.length);
    for (let at = 0; at < scores.length; at++) {
      const difference = Math.abs((scores[at] as number) - (others[at] as number));
      expect(difference).not.toBeNaN();
      largest = Math.max(largest, difference);
    }
  }
  return largest;
}

/** A permutation that leaves nothing where it was. */
const shuffled = <T>(items: readonly T[]) =>
  items.map((_, at) => items[(at * 7 + 3) % items.length] as T);

const sigmoid = (logits: readonly number[]) => logits.map((logit) => 1 / (1 + Math.exp(-logit)));

describe.each<[FixtureName, string, (colour: Rgb) => number[], number]>([
  ['regional', 'without any region', (colour) => softmax(logitsOf(colour)), 1e-5],
  ['nhwc-u8', 'bytes, channels last', (colour) => softmax(logitsOf(colour)), 1e-5],
  ['fixed-batch', 'four at a time', (colour) => softmax(logitsOf(colour)), 1e-5],
  ['float16', 'half precision, BGR', (colour) => softmax(logitsOf(colour)), 1e-2],
  ['sigmoid', 'labels by themselves', (colour) => sigmoid(logitsOf(colour)), 1e-5],
])('the model %s (%s)', (name, _, expected, tolerance) => {
  const classifier = useClassifier(() => openFixture(name));

  test('scores red, green, blue and black as what they are', async () => {
    const colours = [RED, GREEN, BLUE, BLACK];
    const scores = await classifier.current.classify(batchOfColours(colours));
    expect(farthest(scores, colours.map(expected))).toBeLessThan(tolerance);
    for (const [row, own] of scores.entries()) expect(own.indexOf(Math.max(...own))).toBe(row);
  });

  test('gives row i the scores of photo i, in batches of any size and order', async () => {
    const colour = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(colour, { minLength: 1, maxLength: 13 }), async (colours) => {
        const scores = await classifier.current.classify(batchOfColours(colours));
        expect(farthest(scores, colours.map(expected))).toBeLessThan(tolerance);
      }),
      { numRuns: 40 },
    );
  });

  test('gives the same scores in batches of 1, 3 and 32', async () => {
    const pictures = manyColours(32).map(paint);
    const alone = await classifyInBatches(classifier.current, pictures, 1);
    for (const size of [3, 32]) {
      const together = await classifyInBatches(classifier.current, pictures, size);
      expect(farthest(together, alone)).toBeLessThan(1e-5);
    }
  });

  test('an empty batch has no scores', async () => {
    expect(await classifier.current.classify(batchOf([]))).toEqual([]);
  });
});

/** Every dimension named N becomes 4, in as many bytes: dim_param "N" → dim_value 4. */
function fixBatchAtFour(onnx: Uint8Array): Uint8Array {
  const hex = Buffer.from(onnx).toString('hex');
  return Buffer.from(hex.replaceAll('0a0312014e', '0a03088400'), 'hex');
}

describe('a model with a regional input', () => {
  const UNSURVEYED = 0.25;
  const classifier = useClassifier(async () => {
    const source = fixtureSource('regional');
    const regional = { name: 'regional', unsurveyed: UNSURVEYED };
    const manifest = { ...source.manifest, regional };
    return openOnnxClassifier(await readModelPackage(writePackage({ ...source, manifest })));
  });
  const withRegion = (colour: Rgb, presence: readonly number[]) =>
    softmax(
      logitsOf(colour).map((logit, at) => logit + Math.log(Math.max(presence[at] ?? 0, 1e-6))),
    );
  const nothing = [UNSURVEYED, UNSURVEYED, UNSURVEYED, UNSURVEYED];

  test('the region changes the answer, for the photo it belongs to and no other', async () => {
    const presences = [null, Float32Array.of(1e-6, 1, 1, 1), null, Float32Array.of(1, 1, 1, 1)];
    const pictures = presences.map(() => paint(RED));
    const scores = await classifier.current.classify(batchOf(pictures, presences));
    const expected = presences.map((presence) =>
      withRegion(RED, presence ? [...presence] : nothing),
    );
    expect(farthest(scores, expected)).toBeLessThan(1e-5);
    expect(scores[0]?.[0]).toBeGreaterThan(0.9);
    expect(scores[1]?.[0]).toBeLessThan(0.1);
    expect(scores[3]?.[0]).toBeGreaterThan(0.9);
  });

  test('a label that the region says nothing about (NaN) counts as unsurveyed', async () => {
    const presences = [
      Float32Array.of(0.5, Number.NaN, 1, Number.NaN),
      Float32Array.of(0.5, UNSURVEYED, 1, UNSURVEYED),
      Float32Array.from(nothing, () => Number.NaN),
      null,
    ];
    const pictures = presences.map(() => paint([200, 150, 90]));
    const scores = await classifier.current.classify(batchOf(pictures, presences));
    expect(farthest(scores.slice(0, 1), scores.slice(1, 2))).toBe(0);
    expect(farthest(scores.slice(2, 3), scores.slice(3))).toBe(0);
    const expected = withRegion([200, 150, 90], [0.5, UNSURVEYED, 1, UNSURVEYED]);
    expect(farthest(scores.slice(0, 1), [expected])).toBeLessThan(1e-5);
  });

  test('with a fixed batch of 4, each photo of a larger batch keeps its own region', async () => {
    const source = fixtureSource('regional');
    const { sha256: _, ...manifest } = source.manifest;
    const folder = writePackage({ ...source, onnx: fixBatchAtFour(source.onnx), manifest });
    const fixed = await openOnnxClassifier(await readModelPackage(folder));
    try {
      const colours = manyColours(11);
      const presences = colours.map((_colour, row) =>
        row % 3 === 0 ? null : Float32Array.of(1 / (row + 1), 1, row / 11, 1),
      );
      const scores = await fixed.classify(batchOf(colours.map(paint), presences));
      const expected = colours.map((colour, row) =>
        withRegion(colour, [...(presences[row] ?? [1, 1, 1, 1])]),
      );
      expect(farthest(scores, expected)).toBeLessThan(1e-5);
    } finally {
      await fixed.close();
    }
  });

  test('presences of another length than the labels are refused, not spread over the next photo', async () => {
    for (const length of [3, 8]) {
      const batch = batchOf([paint(RED), paint(RED)], [new Float32Array(length).fill(1), null]);
      await expect(classifier.current.classify(batch)).rejects.toThrow(
        `Expected 4 presences but received ${length}`,
      );
    }
  });
});

describe('a batch that the model fails on', () => {
  const classifier = useClassifier(() => openFixture('poison'));
  const expected = softmax(logitsOf(GREEN));

  test('is a ModelRunError with the reason, and the worker answers the next batch', async () => {
    for (let round = 0; round < 3; round++) {
      const failing = classifier.current.classify(batchOfColours([RED, MAGENTA, GREEN]));
      await expect(failing).rejects.toThrow(ModelRunError);
      await expect(failing).rejects.toThrow(/Gather/);
      const scores = await classifier.current.classify(batchOfColours([GREEN]));
      expect(farthest(scores, [expected])).toBeLessThan(1e-5);
    }
  });

  test('does not touch the batches that wait behind it', async () => {
    const colours = [GREEN, MAGENTA, GREEN, GREEN, MAGENTA, GREEN];
    const outcomes = await Promise.allSettled(
      colours.map((colour) => classifier.current.classify(batchOfColours([colour]))),
    );
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
      colours.map((colour) => colour === GREEN),
    );
  });

  test('a picture of another size fails the batch, and the message tells both sizes', async () => {
    const failing = classifier.current.classify(batchOf([paint(RED), new Uint8Array(10)]));
    await expect(failing).rejects.toThrow('Expected 192 bytes of pixels but received 10');
  });

  test('more ids than pictures are a mistake of the program, not of a photo', async () => {
    const batch = { ...batchOfColours([RED]), ids: ['one', 'two'] };
    await expect(classifier.current.classify(batch)).rejects.toThrow(RangeError);
  });
});

describe('two workers', () => {
  const one = useClassifier(() => openFixture('fixed-batch'));
  const two = useClassifier(() => openFixture('fixed-batch', 2));

  test('say that they are two', () => {
    expect([one.current.parallelism, two.current.parallelism]).toEqual([1, 2]);
  });

  test('give the scores that one gives, each to its own batch', async () => {
    const colours = manyColours(60);
    const batches = Array.from({ length: 20 }, (_, n) => colours.slice(3 * n, 3 * n + 3));
    const classifyAll = (classifier: Classifier) =>
      Promise.all(batches.map((batch) => classifier.classify(batchOfColours(batch))));
    const scores = (await classifyAll(two.current)).flat();
    expect(farthest(scores, (await classifyAll(one.current)).flat())).toBe(0);
    const expected = colours.map((colour) => softmax(logitsOf(colour)));
    expect(farthest(scores, expected)).toBeLessThan(1e-5);
  });

  test('share a batch, and every photo keeps its own scores', async () => {
    const free = await openFixture('regional', 2);
    for (const classifier of [two.current, free]) {
      for (const count of [1, 7, 8, 9, 31]) {
        const colours = manyColours(count);
        const scores = await classifier.classify(batchOfColours(colours));
        const expected = colours.map((colour) => softmax(logitsOf(colour)));
        expect(farthest(scores, expected)).toBeLessThan(1e-5);
      }
    }
    await free.close();
  });

  test('fail a batch that one of them fails on, and both answer the next', async () => {
    const poisoned = await openFixture('poison', 2);
    const colours = manyColours(16).map((colour, row) => (row === 12 ? MAGENTA : colour));
    await expect(poisoned.classify(batchOfColours(colours))).rejects.toThrow(ModelRunError);
    const others = [batchOfColours([GREEN]), batchOfColours([RED])];
    expect(await Promise.all(others.map((batch) => poisoned.classify(batch)))).toHaveLength(2);
    await poisoned.close();
  });

  test('once closed, reject what is under way and what comes later, and nobody waits for ever', async () => {
    const closing = await openFixture('fixed-batch', 2);
    const underWay = Array.from({ length: 6 }, () => closing.classify(batchOfColours([RED])));
    const settled = Promise.allSettled(underWay);
    await closing.close();
    expect(await settled).toHaveLength(6);
    await expect(closing.classify(batchOfColours([RED]))).rejects.toThrow('closed');
    await closing.close();
  });
});

describe('a package that does not fit is refused before any photo', () => {
  type Change = (source: PackageSource) => Partial<PackageSource>;
  const manifestWith =
    (changes: object): Change =>
    ({ manifest }) => ({ manifest: { ...manifest, ...changes } });
  const inputWith =
    (changes: object): Change =>
    ({ manifest }) => ({ manifest: { ...manifest, input: { ...manifest.input, ...changes } } });
  const outputWith =
    (changes: object): Change =>
    ({ manifest }) => ({ manifest: { ...manifest, output: { ...manifest.output, ...changes } } });
  const onnxWith =
    (change: (onnx: Uint8Array) => Uint8Array): Change =>
    ({ onnx, manifest: { sha256: _, ...manifest } }) => ({ onnx: change(onnx), manifest });

  test.each<[string, FixtureName, Change, RegExp]>([
    [
      'another SHA-256',
      'sigmoid',
      manifestWith({ sha256: '0'.repeat(64) }),
      /sha256: the manifest says 0{64}, model\.onnx is 47ffbcee[0-9a-f]{56}/,
    ],
    [
      'a label too few',
      'sigmoid',
      ({ labelsCsv }) => ({ labelsCsv: labelsCsv.split('\n').slice(0, 4).join('\n') }),
      /labels\.csv has 3 rows, the file's output \[N, 4\] has 4 classes/,
    ],
    [
      'a label too many',
      'sigmoid',
      ({ labelsCsv }) => ({ labelsCsv: `${labelsCsv}4,human,,,,,,,human\n` }),
      /labels\.csv has 5 rows, the file's output \[N, 4\] has 4 classes/,
    ],
    [
      'labels out of order',
      'sigmoid',
      ({ labelsCsv }) => ({ labelsCsv: labelsCsv.replace('\n2,', '\n7,') }),
      /labels\.csv: row 3: expected index 2 but received "7"/,
    ],
    [
      'another layout',
      'sigmoid',
      inputWith({ layout: 'NHWC' }),
      /input: the manifest says \[N, 8, 8, 3\], the file \[N, 3, 8, 8\]/,
    ],
    [
      'another size',
      'nhwc-u8',
      inputWith({ width: 16 }),
      /input: the manifest says \[N, 8, 16, 3\], the file \[N, 8, 8, 3\]/,
    ],
    [
      'another dtype',
      'float16',
      inputWith({ dtype: 'float32' }),
      /input\.dtype: the manifest says float32, the file float16/,
    ],
    [
      'an input of another name',
      'sigmoid',
      inputWith({ name: 'pixels' }),
      /input\.name: the file has no tensor "pixels"; it has "image"/,
    ],
    [
      'an output of another name',
      'sigmoid',
      outputWith({ name: 'scores' }),
      /output\.name: the file has no tensor "scores"; it has "logits"/,
    ],
    [
      'a regional input that is not named',
      'regional',
      manifestWith({ regional: undefined }),
      /the file has another input "regional", which the manifest does not name/,
    ],
    [
      'a regional input that is not there',
      'sigmoid',
      manifestWith({ regional: { name: 'places' } }),
      /regional\.name: the file has no tensor "places"; it has "image"/,
    ],
    [
      'softmax over probabilities',
      'nhwc-u8',
      outputWith({ activation: 'softmax' }),
      /output\.activation: the file gives probabilities already, and softmax would flatten .*say none/,
    ],
    [
      'sigmoid over probabilities',
      'nhwc-u8',
      outputWith({ activation: 'sigmoid' }),
      /output\.activation: the file gives probabilities already, and sigmoid would flatten .*say none/,
    ],
    [
      'no activation over logits',
      'sigmoid',
      outputWith({ activation: 'none' }),
      /output\.activation: the file gives logits, not scores within 0–1: say softmax or sigmoid/,
    ],
    [
      'an ONNX file cut in half',
      'sigmoid',
      onnxWith((onnx) => onnx.subarray(0, onnx.length >> 1)),
      /Expected an ONNX model at .*model\.onnx but: /,
    ],
    [
      'an ONNX file of zero bytes',
      'sigmoid',
      onnxWith(() => new Uint8Array()),
      /Expected an ONNX model at .*model\.onnx but: /,
    ],
    [
      'text in place of an ONNX file',
      'sigmoid',
      onnxWith(() => new Uint8Array(Buffer.from('version https://git-lfs.github.com/spec/v1\n'))),
      /Expected an ONNX model at .*model\.onnx but: /,
    ],
    [
      'a file outside the package',
      'sigmoid',
      manifestWith({ file: '../model.onnx' }),
      /\.\.\/model\.onnx: expected a file in the package/,
    ],
    [
      'a file that is not there',
      'sigmoid',
      manifestWith({ file: 'other.onnx', labels: 'other.csv' }),
      /other\.csv: ENOENT.*\n.*ENOENT.*other\.onnx/,
    ],
  ])('%s', async (_, name, change, message) => {
    const source = fixtureSource(name);
    const folder = writePackage({ ...source, ...change(source) });
    const opening = readModelPackage(folder).then((model) => openOnnxClassifier(model));
    await expect(opening).rejects.toMatchObject({ name: 'NightjarError', code: 'MODEL_INVALID' });
    await expect(opening).rejects.toThrow(message);
  });
});

describeWithSharedData('real models and real photos', () => {
  const PHOTOS = 32;

  describe.each<[RealModel, number]>([
    ['inat-birds', 965],
    ['imagenet-mobilenet-v1-025-u8nhwc', 1001],
  ])('%s', (name, labels) => {
    const classifier = useClassifier(async () =>
      openOnnxClassifier(await readRealModel(name), { workers: 2 }),
    );
    let pictures: Uint8Array[];
    let alone: Float32Array[];

    beforeAll(async () => {
      const files = listShared('photos/cameratrap').filter((file) => /\.jpe?g$/i.test(file));
      pictures = await Promise.all(
        files.slice(0, PHOTOS).map(async (file) => {
          const bytes = readShared(`photos/cameratrap/${file}`);
          const format = identifyFormat(bytes) ?? 'jpeg';
          const image = await preprocessImage(bytes, classifier.current.input, format);
          if (!image.ok) throw new Error(`${file}: ${image.code}`);
          return image.pixels;
        }),
      );
      alone = await classifyInBatches(classifier.current, pictures, 1);
    });

    test('gives each photo a score for each label, 0–1, and not all photos the same', () => {
      for (const scores of alone) {
        expect(scores).toHaveLength(labels);
        expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
        expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 1);
      }
      const firsts = new Set(alone.map((scores) => scores.indexOf(Math.max(...scores))));
      expect(firsts.size).toBeGreaterThan(3);
    });

    test.each([3, 32])('gives in batches of %i the scores of each photo alone', async (size) => {
      const together = await classifyInBatches(classifier.current, pictures, size);
      expect(farthest(together, alone)).toBeLessThan(1e-5);
    });

    test('in another order, on two workers at a time, every photo keeps its scores', async () => {
      const order = shuffled([...pictures.keys()]);
      const halves = [order.slice(0, 11), order.slice(11)];
      const scores = await Promise.all(
        halves.map((rows) =>
          classifier.current.classify(batchOf(rows.map((row) => pictures[row] as Uint8Array))),
        ),
      );
      expect(
        farthest(
          scores.flat(),
          order.map((row) => alone[row] as Float32Array),
        ),
      ).toBeLessThan(1e-5);
    });
  });
});
