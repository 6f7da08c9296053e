import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTempFolder } from './temp-folder.ts';

/** A disk of a test's own that can be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills it up to this many bytes. */
  fill(leavingBytes: number): Promise<void>;
  /** Gives back what `fill` took. */
  makeRoom(): Promise<void>;
  remove(): Promise<void>;
}

/** Mounts a tmpfs; where that is not allowed, gives the reason. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | string> {
  const folder = await createTempFolder('nightjar-disk-');
  const run = promisify(execFile);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  } catch (error) {
    await rm(folder, { recursive: true });
    return `no tmpfs may be mounted here: ${error instanceof Error ? error.message : error}`;
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async fill(leavingBytes) {
      const { bavail, bsize } = await statfs(folder);
      const file = await open(ballast, 'a');
      const block = Buffer.alloc(65_536);
      let left = bavail * bsize - leavingBytes;
      for (; left > 0; left -= block.length)
        await file.write(block, 0, Math.min(left, block.length));
      await file.close();
    },
    makeRoom: () => rm(ballast, { force: true }),
    async remove() {
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}
