import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'vitest';

/** Real photos, kept out of the repository; `NIGHTJAR_SHARED_DATA` says where else they are. */
const folder = resolve(
  process.env.NIGHTJAR_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data'),
);
const reason = `no real photos: ${folder} is absent, set NIGHTJAR_SHARED_DATA`;

/** Bytes of a file below the shared data, by its path there. */
export function readShared(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}

/** Names of the files in a folder of the shared data, sorted. */
export function listShared(path: string): string[] {
  return readdirSync(join(folder, path)).sort();
}

/** A suite over real photos. Without them it says so on stderr and counts as skipped, never as passed. */
export function describeWithSharedData(name: string, suite: () => void): void {
  if (existsSync(folder)) {
    describe(name, suite);
    return;
  }
  console.error(`SKIPPED ${name}: ${reason}`);
  describe(name, () => test.skip(`skipped: ${reason}`, () => {}));
}
