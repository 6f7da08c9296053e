import { type ModelPackage, readModelPackage } from '../../src/adapters/model-package.ts';
import { type RawManifest, writePackage } from './model-package.ts';
import { readShared } from './shared-data.ts';

/** Public classifiers of the shared data, each with an odd side of its own. */
export const REAL_MODELS = [
  'inat-birds',
  'imagenet-mobilenet-v1-025-u8nhwc',
  'imagenet-shufflenet-v2-int8',
  'imagenet-squeezenet-fp16-bgr',
] as const;

/** One of them. */
export type RealModel = (typeof REAL_MODELS)[number];

const SQUARE_224 = { width: 224, height: 224, fit: 'fill', kernel: 'lanczos3' };

/** What their makers say of them, as a manifest says it. */
const MANIFESTS: Record<RealModel, Pick<RawManifest, 'input' | 'output'>> = {
  'inat-birds': {
    input: {
      ...SQUARE_224,
      name: 'image',
      layout: 'NCHW',
      dtype: 'float32',
      mean: [128, 128, 128],
      std: [128, 128, 128],
    },
    output: { name: 'scores', activation: 'none' },
  },
  'imagenet-mobilenet-v1-025-u8nhwc': {
    input: {
      ...SQUARE_224,
      name: 'pixels',
      layout: 'NHWC',
      dtype: 'uint8',
      width: 128,
      height: 128,
    },
    output: { name: 'probabilities', activation: 'none' },
  },
  'imagenet-shufflenet-v2-int8': {
    input: {
      ...SQUARE_224,
      name: 'input',
      layout: 'NCHW',
      dtype: 'float32',
      mean: [0.485, 0.456, 0.406].map((mean) => mean * 255),
      std: [0.229, 0.224, 0.225].map((std) => std * 255),
    },
    output: { name: 'output', activation: 'softmax' },
  },
  'imagenet-squeezenet-fp16-bgr': {
    input: {
      ...SQUARE_224,
      name: 'data_0',
      layout: 'NCHW',
      dtype: 'float16',
      colourOrder: 'BGR',
      mean: [104, 117, 123],
    },
    output: { name: 'softmaxout_1', activation: 'none' },
  },
};

/** Makes a package of a real model, with `labels.csv` and manifest, in a temporary folder. */
export async function readRealModel(name: RealModel): Promise<ModelPackage> {
  const lines = Buffer.from(readShared(`models/${name}/labels.txt`))
    .toString()
    .trim()
    .split('\n');
  const folder = writePackage({
    onnx: readShared(`models/${name}/model.onnx`),
    labelsCsv: toLabelsCsv(lines, name === 'inat-birds'),
    manifest: {
      name,
      version: '1',
      licence: 'see the source',
      provenance: 'public',
      ...MANIFESTS[name],
    },
  });
  return readModelPackage(folder);
}

/** Birds are `Genus species (Common name)`; ImageNet's classes are left without a taxonomy. */
function toLabelsCsv(lines: readonly string[], areBirds: boolean): string {
  const rows = lines.map((line, index) => {
    const bird = /^(\S+) (\S+).*\((.+)\)$/.exec(line);
    const [, genus = '', epithet = '', commonName = ''] = (areBirds && bird) || [];
    const cells = genus
      ? [`${genus} ${epithet}`, commonName, 'Aves', '', '', genus, epithet, 'animal']
      : [line, '', '', '', '', '', '', 'other'];
    return [index, ...cells.map((cell) => `"${cell.replaceAll('"', '""')}"`)].join(',');
  });
  const header = 'index,scientific_name,common_name,class,order,family,genus,species,kind';
  return [header, ...rows, ''].join('\n');
}
