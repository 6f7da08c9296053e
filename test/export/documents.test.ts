import { check } from '@placemarkio/check-geojson';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { Label } from '../../src/domain/taxonomy.ts';
import { toCsv, toGeojson, toMegadetector } from '../../src/export/documents.ts';
import type { ShownPrediction } from '../../src/privacy/show-prediction.ts';
import { readMegadetector } from '../helpers/read-megadetector.ts';

const animal = (index: number, scientificName: string, more: Partial<Label> = {}): Label => ({
  index,
  scientificName,
  commonName: null,
  class: 'Mammalia',
  order: null,
  family: null,
  genus: null,
  species: null,
  kind: 'animal',
  ...more,
});
const LABELS: Label[] = [
  animal(0, 'Panthera onca', {
    commonName: 'jaguar; tigre',
    order: 'Carnivora',
    family: 'Felidae',
    genus: 'Panthera',
    species: 'onca',
  }),
  animal(1, 'Felis', { order: 'Carnivora', family: 'Felidae', genus: 'Felis' }),
  animal(2, 'Homo sapiens', { class: null, kind: 'human' }),
  animal(3, 'lorry', { class: null, kind: 'vehicle' }),
  animal(4, 'empty', { class: null, kind: 'blank' }),
  animal(5, 'setup', { class: null, kind: 'other' }),
];
const MODEL = { name: 'cats', version: '3', labels: LABELS };

const prediction = (more: Partial<ShownPrediction> = {}): ShownPrediction => ({
  photoId: '1',
  source: 's3://photos/',
  key: 'a.jpg',
  capturedAt: null,
  capturedLocal: null,
  utcOffset: null,
  latitude: -17.5,
  longitude: -56.5,
  cell: '85a8c6b7fffffff',
  precision: 'area',
  locationStatus: 'exif',
  label: 'Panthera onca',
  commonName: 'jaguar',
  rank: 'species',
  score: 0.9,
  decision: 'vision',
  visionLabel: 'Panthera onca',
  visionScore: 0.9,
  presence: null,
  visionPresence: null,
  model: 'cats@3',
  regions: null,
  run: '1',
  predictedAt: '2026-03-01T00:00:00.000Z',
  ...more,
});

async function* inPages<T>(...pages: T[][]): AsyncGenerator<T[]> {
  yield* pages;
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

const imagesOf = async (...predictions: ShownPrediction[]) => {
  const text = await textOf(toMegadetector(MODEL, inPages(predictions), inPages()));
  return readMegadetector(text).images;
};

describe('MegaDetector JSON', () => {
  test('names every label, every taxon it rolls up to, and what is none; with its lineage', async () => {
    const text = await textOf(toMegadetector(MODEL, inPages(), inPages()));
    const read = readMegadetector(text);
    expect(read.info.classifier).toBe('cats@3');
    expect(read.detection_categories).toEqual({ 1: 'animal', 2: 'person', 3: 'vehicle' });
    const names = Object.values(read.classification_categories ?? {});
    const descriptions = Object.values(read.classification_category_descriptions ?? {});
    expect(names.map((name, n) => [name, descriptions[n]])).toEqual([
      ['Panthera onca', 'mammalia;carnivora;felidae;panthera;onca;jaguar, tigre'],
      ['Felis', 'mammalia;carnivora;felidae;felis;;'],
      ['Panthera', 'mammalia;carnivora;felidae;panthera;;'],
      ['Felidae', 'mammalia;carnivora;felidae;;;'],
      ['Carnivora', 'mammalia;carnivora;;;;'],
      ['Mammalia', 'mammalia;;;;;'],
      ['Animalia', ';;;;;'],
      ['human', ';;;;;human'],
      ['vehicle', ';;;;;vehicle'],
      ['unknown', ';;;;;unknown'],
    ]);
    expect(read.images).toEqual([]);
  });

  test('an animal is one detection of the whole picture; a blank is none at all', async () => {
    const images = await imagesOf(
      prediction({ key: 'cat.jpg' }),
      prediction({ key: 'up.jpg', label: 'Felidae', decision: 'rolled_up:family', score: 0.7 }),
      prediction({ key: 'blank.jpg', label: 'blank', decision: 'blank' }),
      prediction({ key: 'setup.jpg', label: 'setup', decision: 'other' }),
    );
    const bbox = [0, 0, 1, 1];
    expect(images).toEqual([
      {
        file: 'cat.jpg',
        detections: [{ category: '1', conf: 0.9, bbox, classifications: [['1', 0.9]] }],
      },
      {
        file: 'up.jpg',
        detections: [{ category: '1', conf: 0.7, bbox, classifications: [['4', 0.7]] }],
      },
      { file: 'blank.jpg', detections: [] },
      { file: 'setup.jpg', detections: [] },
    ]);
  });

  test.each([
    ['a person', { label: 'human', decision: 'human' }, '2', '8'],
    ['a vehicle', { label: 'vehicle', decision: 'vehicle' }, '3', '9'],
    ['what may be a cat', { label: 'unknown', decision: 'unknown' }, '1', '10'],
    [
      'what may be a person',
      { label: 'unknown', decision: 'unknown', visionLabel: 'Homo sapiens' },
      '2',
      '10',
    ],
    [
      'what may be nothing is not told as nothing',
      { label: 'unknown', decision: 'unknown', visionLabel: 'empty' },
      '1',
      '10',
    ],
  ])('%s', async (_, more, category, id) => {
    const [image] = await imagesOf(prediction({ ...more, score: 0.4 }));
    expect(image?.detections).toEqual([
      { category, conf: 0.4, bbox: [0, 0, 1, 1], classifications: [[id, 0.4]] },
    ]);
  });

  test('a confidence of 1 is a decimal, and a tiny one is a number too', async () => {
    const images = await imagesOf(
      prediction({ key: '1.jpg', score: 1 }),
      prediction({ key: '0.jpg', score: 0 }),
      prediction({ key: 'tiny.jpg', score: 1e-9 }),
    );
    expect(images.map(({ detections }) => detections?.[0]?.conf)).toEqual([1, 0, 1e-9]);
  });

  test('rejected photos come after the others, with their reason and without detections', async () => {
    const failure = { photoId: '2', key: 'b "b".jpg', code: 'IMAGE_EMPTY', message: 'zero\nbytes' };
    const pages = inPages([prediction()], [], [prediction({ key: 'c.jpg' })]);
    const text = await textOf(toMegadetector(MODEL, pages, inPages([failure])));
    const { images } = readMegadetector(text);
    expect(images.map(({ file }) => file)).toEqual(['a.jpg', 'c.jpg', 'b "b".jpg']);
    expect(images[2]).toMatchObject({ failure: 'IMAGE_EMPTY: zero\nbytes', detections: null });
  });

  test('a label that is none of the model is a fault, not a photo without a class', async () => {
    await expect(imagesOf(prediction({ label: 'Bos taurus' }))).rejects.toThrow('Bos taurus');
  });

  test('no position has a place in it', async () => {
    const text = await textOf(toMegadetector(MODEL, inPages([prediction()]), inPages()));
    expect(text).not.toMatch(/latitude|longitude|17\.5|56\.5|85a8c6b7fffffff/);
  });
});

describe('GeoJSON', () => {
  test('is one collection however many pages there are, and whether a photo has a position or not', async () => {
    const nowhere = { latitude: null, longitude: null, cell: null, precision: null };
    const pages = inPages([prediction()], [prediction({ photoId: '2', ...nowhere })]);
    const text = await textOf(toGeojson(pages));
    expect(() => check(text)).not.toThrow();
    const { features } = JSON.parse(text);
    expect(features.map(({ geometry }: { geometry: unknown }) => geometry)).toEqual([
      { type: 'Point', coordinates: [-56.5, -17.5] },
      null,
    ]);
  });

  test('of nothing is an empty collection', async () => {
    const text = await textOf(toGeojson(inPages()));
    expect(() => check(text)).not.toThrow();
    expect(JSON.parse(text).features).toEqual([]);
  });
});

describe('CSV', () => {
  test('has its header also where it has nothing else', async () => {
    const rows = parse(await textOf(toCsv(inPages())));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('key');
  });

  test('brings commas, quotes and line ends through, and no file name that a spreadsheet would run', async () => {
    const keys = ['a, "b"\n.jpg', '=cmd|x.jpg'];
    const text = await textOf(toCsv(inPages(keys.map((key) => prediction({ key })))));
    const rows: { key: string }[] = parse(text, { columns: true });
    expect(rows.map(({ key }) => key)).toEqual(['a, "b"\n.jpg', "'=cmd|x.jpg"]);
  });
});
