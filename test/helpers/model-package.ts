import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { type ModelPackage, readModelPackage } from '../../src/adapters/model-package.ts';

/** A manifest as it is written, before anybody has checked it. */
export interface RawManifest {
  [key: string]: unknown;
  /** Left out: that of the file it is written with. */
  sha256?: string;
  input: Record<string, unknown>;
  output: Record<string, unknown>;
}

/** A package to be written; what is left out of the manifest takes its default. */
export interface PackageSource {
  readonly onnx: Uint8Array;
  readonly labelsCsv: string;
  readonly manifest: RawManifest;
}

/** The tiny models of `test/fixtures/models`; its README says what each is for. */
export type FixtureName =
  | 'fixed-batch'
  | 'float16'
  | 'nhwc-u8'
  | 'not-a-number'
  | 'poison'
  | 'regional'
  | 'sigmoid';

const folders: string[] = [];

/** Where a fixture's package is. */
function fixtureFolder(name: FixtureName): string {
  return resolve(import.meta.dirname, '../fixtures/models', name, '1');
}

/** Reads and checks a fixture's package. */
export function readFixture(name: FixtureName): Promise<ModelPackage> {
  return readModelPackage(fixtureFolder(name));
}

/** A fixture as parts, to be changed and written anew. */
export function fixtureSource(name: FixtureName): PackageSource {
  const read = (file: string) => readFileSync(join(fixtureFolder(name), file));
  return {
    onnx: read('model.onnx'),
    labelsCsv: read('labels.csv').toString(),
    manifest: JSON.parse(read('manifest.json').toString()) as RawManifest,
  };
}

/** Writes a package into a temporary folder, which is removed after the test file; gives the folder. */
export function writePackage({ onnx, labelsCsv, manifest }: PackageSource): string {
  const folder = mkdtempSync(join(tmpdir(), 'nightjar-model-'));
  folders.push(folder);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  writeFileSync(join(folder, 'model.onnx'), onnx);
  writeFileSync(join(folder, 'labels.csv'), labelsCsv);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ sha256, ...manifest }));
  return folder;
}

/** To be called once in a test file that writes packages. */
export function removePackagesAfterwards(): void {
  afterAll(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
}
