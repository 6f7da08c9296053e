import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { preprocessImage } from '../../../src/transform/preprocess-image.ts';
import { CAMERAS, DEMO_PHOTOS, type DemoPhoto } from './demo-photos.ts';
import { MODEL_INPUT } from './model-input.ts';
import { LABELS } from './species.ts';

// Asks the trained model about the demo's photos, with and without the simplest regional rule there
// is (recorded within 50 km or not), and prints the answers beside the truth.

const DEMO = new URL('../', import.meta.url);
const KM_PER_DEGREE = 111.2;
const REACH_KM = 50;
const ABSENT = 0.005;

type Answer = { label: string; score: number };

const manifest = JSON.parse(await readFile(new URL('1/manifest.json', DEMO), 'utf8'));
const session = await ort.InferenceSession.create(await readFile(new URL('1/model.onnx', DEMO)), {
  intraOpNumThreads: 1,
});
const records = await readRecords();
const seen = { photos: 0, vision: 0, region: 0 };
for (const photo of DEMO_PHOTOS) await check(photo);
console.log(
  `${seen.photos} readable photos: ${seen.vision} right by vision alone, ${seen.region} with the region`,
);

async function check(photo: DemoPhoto): Promise<void> {
  const bytes = await readFile(new URL(`photos/${photo.file}`, DEMO));
  const prepared = await preprocessImage(bytes, MODEL_INPUT);
  if (!prepared.ok) {
    console.log(`${photo.file.padEnd(28)} ${prepared.code}`);
    return;
  }
  const scores = softmax(await predict(prepared.pixels));
  const vision = best(scores);
  const region = best(fuse(scores, presenceAt(photo)));
  seen.photos += 1;
  seen.vision += Number(vision.label === photo.species);
  seen.region += Number(region.label === photo.species);
  console.log(
    [
      photo.file.padEnd(28),
      photo.species.padEnd(25),
      show(vision, photo),
      show(region, photo),
      vision.label === photo.species ? '' : region.label === photo.species ? 'region decides' : '',
      photo.flaw ?? '',
    ].join(' '),
  );
}

async function predict(pixels: Uint8Array): Promise<Float32Array> {
  const { width, height, mean, std } = manifest.input;
  const plane = width * height;
  const image = Float32Array.from({ length: 3 * plane }, (_, i) => {
    const channel = Math.floor(i / plane);
    return (pixels[(i % plane) * 3 + channel]! - mean[channel]) / std[channel];
  });
  const feeds = { image: new ort.Tensor('float32', image, [1, 3, height, width]) };
  return (await session.run(feeds)).logits!.data as Float32Array;
}

function softmax(logits: Float32Array): number[] {
  const exps = [...logits].map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = exps.reduce((a, b) => a + b);
  return exps.map((value) => value / sum);
}

function best(scores: readonly number[]): Answer {
  const index = scores.indexOf(Math.max(...scores));
  return { label: LABELS[index]!.scientificName, score: scores[index]! };
}

function fuse(scores: number[], presence: readonly number[] | null): number[] {
  const weighed = scores.map((score, i) => score * (presence?.[i] ?? 1));
  const sum = weighed.reduce((a, b) => a + b);
  return weighed.map((value) => value / sum);
}

/** 1 for what was recorded within reach, almost 0 for the rest; null where nobody looked. */
function presenceAt(photo: DemoPhoto): number[] | null {
  if (photo.flaw === 'no position' || photo.flaw === 'null island') return null;
  const { latitude, longitude } = CAMERAS[photo.camera]!;
  const narrow = Math.cos((latitude * Math.PI) / 180);
  const near = records.filter(
    (r) =>
      Math.hypot(r.latitude - latitude, (r.longitude - longitude) * narrow) * KM_PER_DEGREE <
      REACH_KM,
  );
  if (near.length === 0) return null;
  const names = new Set(near.map(({ name }) => name));
  return LABELS.map(({ kind, scientificName }) =>
    kind === 'blank' || names.has(scientificName) ? 1 : ABSENT,
  );
}

async function readRecords() {
  const text = await readFile(new URL('regions/occurrences.csv', DEMO), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, name, latitude, longitude] = line.split(',') as [string, string, string, string];
      return { name, latitude: Number(latitude), longitude: Number(longitude) };
    });
}

function show({ label, score }: Answer, photo: DemoPhoto): string {
  return `${label === photo.species ? '+' : '-'} ${label.padEnd(25)} ${score.toFixed(2)}`;
}
