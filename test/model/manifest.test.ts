import { describe, expect, test } from 'vitest';
import { fixedBatchOf } from '../../src/model/fixed-batch.ts';
import {
  compareWithFile,
  type Manifest,
  parseLabels,
  parseManifest,
  type TensorMetadata,
} from '../../src/model/manifest.ts';

const JSON_MANIFEST = {
  name: 'birds',
  version: '1',
  sha256: 'a'.repeat(64),
  input: { name: 'image', layout: 'NCHW', dtype: 'float32', width: 4, height: 2 },
  output: { name: 'scores', activation: 'none' },
  licence: 'Apache-2.0',
  provenance: 'made for a test',
};

function parse(changes: object = {}): Manifest {
  const parsed = parseManifest({ ...JSON_MANIFEST, ...changes });
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
  return parsed.manifest;
}

function problemsOf(json: unknown): string[] {
  const parsed = parseManifest(json);
  return 'problems' in parsed ? parsed.problems : [];
}

test('says what was found beside what was expected, and that pixels count 0–255', () => {
  const input = { ...JSON_MANIFEST.input, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  expect(problemsOf({ ...JSON_MANIFEST, input })).toEqual([
    'input.std: expected units of pixels 0–255: multiply mean and std of pixels 0–1 by 255, found [0.229,0.224,0.225]',
  ]);
  expect(problemsOf({ ...JSON_MANIFEST, version: 7 })).toEqual([
    expect.stringMatching(/^version: .*, found 7$/),
  ]);
});

describe('parseManifest', () => {
  test('fills in what was left out, and the thresholds are the documented ones', () => {
    expect(parse()).toEqual({
      ...JSON_MANIFEST,
      file: 'model.onnx',
      labels: 'labels.csv',
      input: {
        ...JSON_MANIFEST.input,
        fit: 'fill',
        kernel: 'lanczos3',
        colourOrder: 'RGB',
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
      decision: { minScore: 0.5, rollUpScore: 0.65, minSupport: 0.1 },
      metrics: {},
    });
    expect(parse({ regional: { name: 'places' } }).regional).toEqual({
      name: 'places',
      unsurveyed: 1,
    });
    expect(parse({ decision: { minScore: 0.25 } }).decision).toEqual({
      minScore: 0.25,
      rollUpScore: 0.65,
      minSupport: 0.1,
    });
  });

  const input = (changes: object) => ({ input: { ...JSON_MANIFEST.input, ...changes } });

  test.each<[string, object, RegExp]>([
    ['an unknown key', { lables: 'x.csv' }, /lables/],
    ['an unknown key of the input', input({ color: 'BGR' }), /input.*color/],
    ['a name with a slash', { name: '../birds' }, /^name: expected lower-case letters/],
    ['a version with a slash', { version: '1/2' }, /^version/],
    ['a SHA-256 that is too short', { sha256: 'abc' }, /^sha256: expected 64 lower-case hex/],
    ['a SHA-256 in capitals', { sha256: 'A'.repeat(64) }, /^sha256/],
    ['a layout that is none', input({ layout: 'CHW' }), /^input\.layout.*NCHW/],
    ['a dtype that is none', input({ dtype: 'int8' }), /^input\.dtype.*float16/],
    ['no width', input({ width: 0 }), /^input\.width/],
    ['half a pixel', input({ height: 2.5 }), /^input\.height/],
    ['a kernel that is none', input({ kernel: 'bilinear' }), /^input\.kernel.*linear/],
    ['two means', input({ mean: [1, 2] }), /^input\.mean/],
    ['a division by zero', input({ std: [1, 0, 1] }), /^input\.std: expected.*other than 0/],
    [
      'bytes that are to be normalised',
      input({ dtype: 'uint8', mean: [128, 128, 128] }),
      /uint8 input takes pixels as they are/,
    ],
    [
      'bytes that are to be scaled',
      input({ dtype: 'uint8', std: [255, 255, 255] }),
      /uint8 input takes pixels as they are/,
    ],
    ['an activation that is none', { output: { name: 'x', activation: 'relu' } }, /softmax/],
    ['a threshold above 1', { decision: { minScore: 1.01 } }, /^decision\.minScore/],
    ['a threshold below 0', { decision: { minSupport: -0.01 } }, /^decision\.minSupport/],
    ['no licence', { licence: '' }, /^licence/],
  ])('refuses %s', (_, changes, problem) => {
    expect(problemsOf({ ...JSON_MANIFEST, ...changes })).toEqual([expect.stringMatching(problem)]);
  });

  test('tells every problem at once', () => {
    const problems = problemsOf({ ...JSON_MANIFEST, name: '', sha256: 'x', licence: undefined });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['name', 'sha256', 'licence']);
  });

  test.each([[null], ['text'], [[]], [42], [undefined]])('refuses %j', (json) => {
    expect(problemsOf(json)).toHaveLength(1);
  });
});

describe('parseLabels', () => {
  const row = (index: string, changes: Record<string, string> = {}) => ({
    index,
    scientific_name: 'Panthera onca',
    common_name: 'jaguar',
    class: 'Mammalia',
    order: 'Carnivora',
    family: 'Felidae',
    genus: 'Panthera',
    species: 'onca',
    kind: 'animal',
    ...changes,
  });

  test('gives the rows in order, with null for what is empty', () => {
    const none = { class: '', order: '', family: '', genus: '', species: ' ' };
    const blank = row('1', { ...none, scientific_name: '', common_name: '', kind: 'blank' });
    const parsed = parseLabels([row('0'), blank]);
    expect(parsed).toEqual({
      labels: [
        {
          index: 0,
          scientificName: 'Panthera onca',
          commonName: 'jaguar',
          class: 'Mammalia',
          order: 'Carnivora',
          family: 'Felidae',
          genus: 'Panthera',
          species: 'onca',
          kind: 'animal',
        },
        {
          index: 1,
          scientificName: 'blank',
          commonName: null,
          class: null,
          order: null,
          family: null,
          genus: null,
          species: null,
          kind: 'blank',
        },
      ],
    });
  });

  test.each([
    ['no rows', [], 'missing index, scientific_name'],
    ['a missing column', [{ index: '0', kind: 'animal' }], 'missing scientific_name'],
    ['an index that skips one', [row('0'), row('2')], 'row 2: expected index 1 but received "2"'],
    ['an index twice', [row('0'), row('0')], 'row 2: expected index 1 but received "0"'],
    ['an index from 1', [row('1')], 'row 1: expected index 0 but received "1"'],
    ['an animal with no name', [row('0', { scientific_name: '' })], 'expected a scientific_name'],
    ['a kind that is none', [row('0', { kind: 'plant' })], 'animal|human|vehicle|blank|other'],
  ])('refuses %s', (_, rows, problem) => {
    expect(parseLabels(rows as Record<string, string>[])).toEqual({
      problems: [expect.stringContaining(problem)],
    });
  });
});

describe('compareWithFile', () => {
  const tensor = (
    name: string,
    shape: readonly (number | string)[],
    dtype = 'float32',
  ): TensorMetadata => ({ name, shape, dtype });
  const IMAGE = tensor('image', ['N', 3, 2, 4]);
  const SCORES = tensor('scores', ['N', 5]);

  function compare(
    manifest: object,
    inputs: readonly TensorMetadata[] = [IMAGE],
    outputs: readonly TensorMetadata[] = [SCORES],
  ): string[] {
    return compareWithFile(parse(manifest), 5, { inputs, outputs });
  }

  test.each<[string, object, TensorMetadata[], TensorMetadata[]]>([
    ['the same', {}, [IMAGE], [SCORES]],
    ['a fixed batch', {}, [tensor('image', [1, 3, 2, 4])], [tensor('scores', [1, 5])]],
    ['sizes left open', {}, [tensor('image', ['N', 3, 'H', 'W'])], [SCORES]],
    [
      'sizes left open as −1',
      {},
      [tensor('image', [-1, -1, -1, -1])],
      [tensor('scores', [-1, -1])],
    ],
    ['scores in planes', {}, [IMAGE], [tensor('scores', ['N', 5, 1, 1])]],
    ['scores in half precision', {}, [IMAGE], [tensor('scores', ['N', 5], 'float16')]],
    ['scores as bytes', {}, [IMAGE], [tensor('scores', ['N', 5], 'uint8')]],
    ['more outputs than are used', {}, [IMAGE], [tensor('features', ['N', 1280]), SCORES]],
    ['a regional input', { regional: { name: 'r' } }, [IMAGE, tensor('r', ['N', 5])], [SCORES]],
    [
      'a regional input in half precision',
      { regional: { name: 'r' } },
      [IMAGE, tensor('r', ['N', 5], 'float16')],
      [SCORES],
    ],
  ])('takes %s', (_, manifest, inputs, outputs) => {
    expect(compare(manifest, inputs, outputs)).toEqual([]);
  });

  test.each<[string, object, TensorMetadata[], TensorMetadata[], string]>([
    [
      'another layout',
      {},
      [tensor('image', ['N', 2, 4, 3])],
      [SCORES],
      'input: the manifest says [N, 3, 2, 4], the file [N, 2, 4, 3]',
    ],
    [
      'another size',
      {},
      [tensor('image', ['N', 3, 4, 2])],
      [SCORES],
      'input: the manifest says [N, 3, 2, 4], the file [N, 3, 4, 2]',
    ],
    [
      'no batch',
      {},
      [tensor('image', [3, 2, 4])],
      [SCORES],
      'input: the manifest says [N, 3, 2, 4], the file [3, 2, 4]',
    ],
    [
      'another dtype',
      {},
      [tensor('image', ['N', 3, 2, 4], 'float16')],
      [SCORES],
      'input.dtype: the manifest says float32, the file float16',
    ],
    [
      'other output',
      {},
      [IMAGE],
      [tensor('logits', ['N', 5])],
      'output.name: the file has no tensor "scores"; it has "logits"',
    ],
    [
      'scores as whole numbers',
      {},
      [IMAGE],
      [tensor('scores', ['N', 5], 'int64')],
      'output: expected float32, float16 or uint8 scores, the file gives int64',
    ],
    [
      'another number of labels',
      {},
      [IMAGE],
      [tensor('scores', ['N', 6])],
      "labels: labels.csv has 5 rows, the file's output [N, 6] has 6 classes",
    ],
    [
      'an input that nobody named',
      {},
      [IMAGE, tensor('r', ['N', 5])],
      [SCORES],
      'the file has another input "r", which the manifest does not name',
    ],
    [
      'no regional input',
      { regional: { name: 'r' } },
      [IMAGE],
      [SCORES],
      'regional.name: the file has no tensor "r"; it has "image"',
    ],
    [
      'a regional input of another length',
      { regional: { name: 'r' } },
      [IMAGE, tensor('r', ['N', 6])],
      [SCORES],
      'regional: the manifest says [N, 5], the file [N, 6]',
    ],
    [
      'a regional input of whole numbers',
      { regional: { name: 'r' } },
      [IMAGE, tensor('r', ['N', 5], 'int64')],
      [SCORES],
      'regional.dtype: the manifest says float32, the file int64',
    ],
  ])('tells of %s', (_, manifest, inputs, outputs, problem) => {
    expect(compare(manifest, inputs, outputs)).toEqual([problem]);
  });

  test('tells of another name on both sides', () => {
    expect(compare({}, [tensor('pixels', ['N', 3, 2, 4])])).toEqual([
      'input.name: the file has no tensor "image"; it has "pixels"',
      'the file has another input "pixels", which the manifest does not name',
    ]);
  });

  test.each([
    [['N', 3, 2, 4], null],
    [[-1, 3, 2, 4], null],
    [[1, 3, 2, 4], 1],
    [[16, 3, 2, 4], 16],
  ])('of an input %j the fixed batch is %j', (shape, expected) => {
    expect(fixedBatchOf(parse(), [tensor('image', shape)])).toBe(expected);
  });
});
