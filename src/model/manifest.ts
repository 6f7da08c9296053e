import * as z from 'zod';
import type { ModelInput } from '../domain/model.ts';
import { LABEL_KINDS, type Label } from '../domain/taxonomy.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, {
  error: 'expected lower-case letters, digits, dots, dashes or underscores',
});
const score = z.number().min(0).max(1);
const perChannel = z.tuple([z.number(), z.number(), z.number()]);

const inputSchema = z.strictObject({
  name: z.string().min(1),
  layout: z.enum(['NCHW', 'NHWC']),
  dtype: z.enum(['float32', 'float16', 'uint8']),
  width: z.int().min(1).max(4096),
  height: z.int().min(1).max(4096),
  fit: z.enum(['fill', 'cover', 'contain']).default('fill'),
  kernel: z
    .enum(['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'])
    .default('lanczos3'),
  colourOrder: z.enum(['RGB', 'BGR']).default('RGB'),
  mean: perChannel.default([0, 0, 0]),
  std: perChannel.default([1, 1, 1]),
}) satisfies z.ZodType<ModelInput>;

const manifestSchema = z.strictObject({
  name,
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  /** The ONNX file, beside the manifest. */
  file: z.string().default('model.onnx'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hex digits' }),
  input: inputSchema,
  output: z.strictObject({
    name: z.string().min(1),
    /** What nightjar still has to apply to the output to get scores 0–1. */
    activation: z.enum(['softmax', 'sigmoid', 'none']),
  }),
  labels: z.string().default('labels.csv'),
  /** A second input `[N, labels]` that takes the presences of the photo's place. */
  regional: z
    .strictObject({
      name: z.string().min(1),
      /** The value for labels the region says nothing about, and for every label without a region. */
      unsurveyed: z.number().default(1),
    })
    .optional(),
  decision: z
    .strictObject({
      minScore: score.default(0.5),
      rollUpScore: score.default(0.65),
      minSupport: score.default(0.1),
    })
    .default({ minScore: 0.5, rollUpScore: 0.65, minSupport: 0.1 }),
  licence: z.string().min(1),
  provenance: z.string().min(1),
  metrics: z.record(z.string(), z.unknown()).default({}),
});

/** A model package's `manifest.json`: all that is needed to prepare its input and read its output. */
export type Manifest = z.infer<typeof manifestSchema>;

/** What the ONNX file says about one of its tensors; a dynamic dimension is a string. */
export interface TensorMetadata {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

/** A manifest, or every problem found in it. */
export function parseManifest(json: unknown): { manifest: Manifest } | { problems: string[] } {
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    return { problems: parsed.error.issues.map((issue) => describeIssue(issue, json)) };
  }
  const { std } = parsed.data.input;
  if (std.includes(0)) return { problems: ['input.std: expected three numbers other than 0'] };
  const plain = parsed.data.input.mean.every((m) => m === 0) && std.every((s) => s === 1);
  if (parsed.data.input.dtype === 'uint8' && !plain) {
    return {
      problems: ['input.mean, input.std: a uint8 input takes pixels as they are; leave both out'],
    };
  }
  if (Math.max(...std.map(Math.abs)) < 1) {
    const hint = 'expected units of pixels 0–255: multiply mean and std of pixels 0–1 by 255';
    return { problems: [`input.std: ${hint}, found ${JSON.stringify(std)}`] };
  }
  return { manifest: parsed.data };
}

function describeIssue(issue: z.core.$ZodIssue, json: unknown): string {
  const found = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  );
  const path = issue.path.join('.') || '(top level)';
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 80);
  return issue.code === 'unrecognized_keys'
    ? `${path}: no such key: ${issue.keys.join(', ')}`
    : `${path}: ${issue.message}, found ${shown}`;
}

const LABEL_COLUMNS = [
  'index',
  'scientific_name',
  'common_name',
  'class',
  'order',
  'family',
  'genus',
  'species',
  'kind',
] as const;

/** The rows of a `labels.csv` as labels, or every problem found in them. */
export function parseLabels(
  rows: readonly Record<string, string>[],
): { labels: Label[] } | { problems: string[] } {
  const missing = LABEL_COLUMNS.filter((column) => !(column in (rows[0] ?? {})));
  if (missing.length > 0) {
    return {
      problems: [`expected columns ${LABEL_COLUMNS.join(', ')} but missing ${missing.join(', ')}`],
    };
  }
  const problems = rows.flatMap((row, at) => labelProblems(row, at));
  return problems.length > 0 ? { problems } : { labels: rows.map(toLabel) };
}

function labelProblems(row: Record<string, string>, at: number): string[] {
  const problems: string[] = [];
  if (row.index !== String(at)) {
    problems.push(`row ${at + 1}: expected index ${at} but received "${row.index}"`);
  }
  if (!row.scientific_name && row.kind === 'animal') {
    problems.push(`row ${at + 1}: expected a scientific_name for an animal`);
  }
  if (!LABEL_KINDS.some((kind) => kind === row.kind)) {
    problems.push(
      `row ${at + 1}: expected kind ${LABEL_KINDS.join('|')} but received "${row.kind}"`,
    );
  }
  return problems;
}

function toLabel(row: Record<string, string>, index: number): Label {
  const text = (column: string) => row[column]?.trim() || null;
  const kind = LABEL_KINDS.find((known) => known === row.kind) ?? 'other';
  return {
    index,
    scientificName: text('scientific_name') ?? text('common_name') ?? kind,
    commonName: text('common_name'),
    class: text('class'),
    order: text('order'),
    family: text('family'),
    genus: text('genus'),
    species: text('species'),
    kind,
  };
}

/** Everything in which a manifest and its labels disagree with the ONNX file's own metadata. */
export function compareWithFile(
  manifest: Manifest,
  labelCount: number,
  file: { inputs: readonly TensorMetadata[]; outputs: readonly TensorMetadata[] },
): string[] {
  const { input, regional, output } = manifest;
  const { width, height } = input;
  const shape = input.layout === 'NCHW' ? [3, height, width] : [height, width, 3];
  const problems = compareTensor('input', { ...input, shape }, file.inputs);
  if (regional) {
    const fileDtype = find(file.inputs, regional.name)?.dtype;
    const dtype = fileDtype === 'float16' ? 'float16' : 'float32';
    problems.push(
      ...compareTensor(
        'regional',
        { name: regional.name, dtype, shape: [labelCount] },
        file.inputs,
      ),
    );
  }
  const named = new Set([input.name, regional?.name]);
  for (const extra of file.inputs.filter(({ name: extraName }) => !named.has(extraName))) {
    problems.push(`the file has another input "${extra.name}", which the manifest does not name`);
  }
  return [...problems, ...compareOutput(output.name, labelCount, file.outputs)];
}

function find(tensors: readonly TensorMetadata[], tensorName: string): TensorMetadata | undefined {
  return tensors.find((tensor) => tensor.name === tensorName);
}

function compareTensor(
  key: string,
  expected: { name: string; dtype: string; shape: readonly number[] },
  tensors: readonly TensorMetadata[],
): string[] {
  const tensor = find(tensors, expected.name);
  if (!tensor) return [missingTensor(key, expected.name, tensors)];
  const problems: string[] = [];
  if (tensor.dtype !== expected.dtype) {
    problems.push(`${key}.dtype: the manifest says ${expected.dtype}, the file ${tensor.dtype}`);
  }
  const rest = tensor.shape.slice(1);
  const fits =
    rest.length === expected.shape.length &&
    rest.every(
      (size, axis) => typeof size === 'string' || size < 0 || size === expected.shape[axis],
    );
  if (!fits) {
    problems.push(
      `${key}: the manifest says [N, ${expected.shape.join(', ')}], the file [${tensor.shape.join(', ')}]`,
    );
  }
  return problems;
}

function compareOutput(
  outputName: string,
  labelCount: number,
  outputs: readonly TensorMetadata[],
): string[] {
  const tensor = find(outputs, outputName);
  if (!tensor) return [missingTensor('output', outputName, outputs)];
  if (!['float32', 'float16', 'uint8'].includes(tensor.dtype)) {
    return [`output: expected float32, float16 or uint8 scores, the file gives ${tensor.dtype}`];
  }
  const sizes = tensor.shape.slice(1);
  if (sizes.some((size) => typeof size === 'string' || size < 0)) return [];
  const classes = sizes.reduce<number>((product, size) => product * Number(size), 1);
  if (classes === labelCount) return [];
  return [
    `labels: labels.csv has ${labelCount} rows, the file's output [${tensor.shape.join(', ')}] has ${classes} classes`,
  ];
}

function missingTensor(
  key: string,
  tensorName: string,
  tensors: readonly TensorMetadata[],
): string {
  const names = tensors.map((tensor) => `"${tensor.name}"`).join(', ');
  return `${key}.name: the file has no tensor "${tensorName}"; it has ${names}`;
}
