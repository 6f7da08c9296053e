import { availableParallelism } from 'node:os';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOnnxClassifier } from '../../src/adapters/onnx-classifier.ts';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { mapConcurrently } from '../../src/flow/map-concurrently.ts';
import { closeHeicDecoder } from '../../src/transform/decode-heic.ts';
import { type PreprocessInput, preprocessImage } from '../../src/transform/preprocess-image.ts';
import { removePackagesAfterwards } from '../helpers/model-package.ts';
import { REAL_MODELS, type RealModel, readRealModel } from '../helpers/real-models.ts';
import { describeWithSharedData, readShared } from '../helpers/shared-data.ts';

/** A row of `reference_scores.csv`: top 5 of one model on one photo, computed without nightjar. */
interface Reference {
  readonly file: string;
  readonly model: string;
  /** Pixels of the photo, upright. */
  readonly width: number;
  readonly height: number;
  readonly first: { readonly index: number; readonly score: number };
  /** How far the first is ahead of the second, 0–1. */
  readonly lead: number;
}

/**
 * Shares of photos with both sides of at least 448 pixels on which the first label must be the
 * reference's: what bare sharp reaches, less a photo or two: where two labels are as good as equal, any
 * two decoders differ. `clear`: where the reference has a clear lead; `medianOff`: how far the score of
 * its first may be off in the median.
 */
const REQUIRED: Record<RealModel, { all: number; clear: number; medianOff: number }> = {
  'inat-birds': { all: 0.91, clear: 0.99, medianOff: 0.02 },
  'imagenet-mobilenet-v1-025-u8nhwc': { all: 0.89, clear: 0.99, medianOff: 0.02 },
  // It works in 8 bits throughout: a small difference moves a score by a whole step.
  'imagenet-shufflenet-v2-int8': { all: 0.85, clear: 0.97, medianOff: 0.06 },
  'imagenet-squeezenet-fp16-bgr': { all: 0.89, clear: 0.96, medianOff: 0.02 },
};
/** Twice the models' 224: the pictures are shrunk, so that how thumbnails are enlarged is no matter. */
const MIN_SIDE = 448;
/** A lead that two ways of resizing do not turn round. */
const CLEAR_LEAD = 0.1;
const BATCH_SIZE = 16;

removePackagesAfterwards();
afterAll(closeHeicDecoder);

function readReferences(): Reference[] {
  const rows: Record<string, string>[] = parseCsv(Buffer.from(readShared('reference_scores.csv')), {
    columns: true,
  });
  return rows.map((row) => ({
    file: row.file ?? '',
    model: row.model ?? '',
    width: Number(row.width),
    height: Number(row.height),
    first: { index: Number(row.index1), score: Number(row.score1) },
    lead: Number(row.score1) - Number(row.score2),
  }));
}

/** Pixels by file and size, made once: three of the models take the same. */
const prepared = new Map<string, Promise<Uint8Array>>();

function prepare(file: string, input: PreprocessInput): Promise<Uint8Array> {
  const key = `${file} ${input.width}`;
  const pixels = prepared.get(key) ?? prepareNow(file, input);
  prepared.set(key, pixels);
  return pixels;
}

async function prepareNow(file: string, input: PreprocessInput): Promise<Uint8Array> {
  const bytes = readShared(file);
  const format = identifyFormat(bytes);
  const image = format && (await preprocessImage(bytes, input, format));
  if (!image?.ok) throw new Error(`${file}: ${image?.code ?? 'no format'}`);
  return image.pixels;
}

/** Scores of every file in order, through the same code as a nightly run. */
async function classifyAll(name: RealModel, files: readonly string[]): Promise<Float32Array[]> {
  const classifier = await openOnnxClassifier(await readRealModel(name), {
    workers: Math.min(2, availableParallelism()),
  });
  async function* inBatches() {
    for (let from = 0; from < files.length; from += BATCH_SIZE) {
      const ids = files.slice(from, from + BATCH_SIZE);
      const pixels = await Promise.all(ids.map((file) => prepare(file, classifier.input)));
      yield { ids, pixels, presences: ids.map(() => null) };
    }
  }
  try {
    const scores: Float32Array[] = [];
    for await (const rows of mapConcurrently(inBatches(), 3, (b) => classifier.classify(b))) {
      scores.push(...rows);
    }
    return scores;
  } finally {
    await classifier.close();
  }
}

function indexOfHighest(scores: Float32Array): number {
  return scores.reduce((best, score, at) => (score > (scores[best] ?? 0) ? at : best), 0);
}

const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;
const percent = (value: number) => `${(value * 100).toFixed(1)}%`;

describeWithSharedData('scores of real models agree with a reference made without nightjar', () => {
  let references: Reference[];

  beforeAll(() => {
    references = readReferences();
  });

  test.each(REAL_MODELS)('%s', async (name) => {
    const rows = references.filter(({ model }) => model === name);
    expect(rows.length).toBeGreaterThan(150);
    const scores = await classifyAll(
      name,
      rows.map(({ file }) => file),
    );
    const compared = rows.map((reference, row) => {
      const own = scores[row] as Float32Array;
      const agrees = indexOfHighest(own) === reference.first.index;
      const off = Math.abs((own[reference.first.index] ?? 0) - reference.first.score);
      return { ...reference, agrees, off };
    });
    const large = compared.filter(({ width, height }) => Math.min(width, height) >= MIN_SIDE);
    const clear = large.filter(({ lead }) => lead > CLEAR_LEAD);
    const all = share(large.map(({ agrees }) => agrees));
    const allClear = share(clear.map(({ agrees }) => agrees));
    const offs = large.map(({ off }) => off).sort((a, b) => a - b);
    const medianOff = offs[offs.length >> 1] ?? 1;
    console.info(
      `${name}: first label as the reference's on ${percent(all)} of ${large.length} photos, ` +
        `${percent(allClear)} of the ${clear.length} with a clear lead, ` +
        `${percent(share(compared.map(({ agrees }) => agrees)))} of all ${compared.length}; ` +
        `its score is off by ${medianOff.toFixed(4)} in the median`,
    );
    expect(all).toBeGreaterThanOrEqual(REQUIRED[name].all);
    expect(allClear).toBeGreaterThanOrEqual(REQUIRED[name].clear);
    expect(medianOff).toBeLessThan(REQUIRED[name].medianOff);
  });
});
