import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import { messageOf, NightjarError } from '../domain/errors.ts';
import type { Label } from '../domain/taxonomy.ts';
import { type Manifest, parseLabels, parseManifest } from '../model/manifest.ts';
import { packagePath } from './package-files.ts';

/** A model package on disk: `manifest.json`, the ONNX file, `labels.csv`, `CARD.md`. */
export interface ModelPackage {
  readonly directory: string;
  readonly modelPath: string;
  readonly manifest: Manifest;
  readonly labels: readonly Label[];
}

/**
 * Reads a package and checks everything that can be checked without running the model: the manifest,
 * the labels, and the file's SHA-256.
 *
 * @throws MODEL_INVALID with every problem at once
 */
export async function readModelPackage(directory: string): Promise<ModelPackage> {
  const parsed = parseManifest(await readJson(join(directory, 'manifest.json')));
  if ('problems' in parsed) {
    throw invalid(
      directory,
      parsed.problems.map((problem) => `manifest.json: ${problem}`),
    );
  }
  const { manifest } = parsed;
  for (const file of [manifest.file, manifest.labels]) {
    if (basename(file) !== file)
      throw invalid(directory, [`${file}: expected a file in the package`]);
  }
  const modelPath = resolve(directory, manifest.file);
  const problems: string[] = [];
  const labels = await readLabels(directory, manifest.labels, problems);
  const sha256 = await hashFile(modelPath, problems);
  if (sha256 !== null && sha256 !== manifest.sha256) {
    problems.push(`sha256: the manifest says ${manifest.sha256}, ${manifest.file} is ${sha256}`);
  }
  if (problems.length > 0) throw invalid(directory, problems);
  return { directory: resolve(directory), modelPath, manifest, labels };
}

/**
 * The folder of a model version: below `modelsDir`, or among the models that ship with nightjar.
 *
 * @throws MODEL_UNKNOWN when neither has it
 */
export async function findModelPackage(
  modelsDir: string,
  name: string,
  version: string,
): Promise<string> {
  const places = [join(modelsDir, name, version), join(packagePath('models'), name, version)];
  for (const place of places) {
    const present = await access(join(place, 'manifest.json')).then(
      () => true,
      () => false,
    );
    if (present) return place;
  }
  throw new NightjarError(
    'MODEL_UNKNOWN',
    `Expected the package of ${name}@${version} at ${places.join(' or ')} but it is at neither. ` +
      'Copy it there, or add it again with `nightjar models add`.',
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new NightjarError('MODEL_INVALID', `Expected JSON in ${path} but: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function readLabels(
  directory: string,
  file: string,
  problems: string[],
): Promise<readonly Label[]> {
  try {
    const rows: Record<string, string>[] = parseCsv(await readFile(join(directory, file)), {
      columns: true,
      bom: true,
      skip_empty_lines: true,
    });
    const parsed = parseLabels(rows);
    if ('labels' in parsed) return parsed.labels;
    problems.push(...summarise(parsed.problems).map((problem) => `${file}: ${problem}`));
  } catch (error) {
    problems.push(`${file}: ${messageOf(error)}`);
  }
  return [];
}

function summarise(problems: readonly string[]): string[] {
  const rest = problems.length - 10;
  return rest > 0 ? [...problems.slice(0, 10), `and ${rest} more`] : [...problems];
}

async function hashFile(path: string, problems: string[]): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (error) {
    problems.push(messageOf(error));
    return null;
  }
}

function invalid(directory: string, problems: readonly string[]): NightjarError {
  return new NightjarError(
    'MODEL_INVALID',
    `Expected a model package in ${directory} but:\n${problems.map((p) => `  ${p}`).join('\n')}`,
  );
}
