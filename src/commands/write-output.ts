import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, NightjarError } from '../domain/errors.ts';
import type { Shell } from './shell.ts';

/**
 * Writes text to standard output as fast as it is read there, or to a file: whole or not at all, under a
 * name of its own until it is complete. A stop leaves no file.
 *
 * @param file null: standard output
 * @throws USAGE where the file cannot be written
 */
export async function writeOutput(
  chunks: AsyncIterable<string>,
  file: string | null,
  shell: Pick<Shell, 'cwd' | 'output' | 'signal'>,
): Promise<void> {
  const { signal } = shell;
  if (file === null) return pipeline(Readable.from(chunks), shell.output, { signal, end: false });
  const target = await findTarget(resolve(shell.cwd, file));
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    await pipeline(Readable.from(chunks), createWriteStream(draft, { flags: 'wx', flush: true }), {
      signal,
    });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw isAboutFile(error, draft) ? cannotWrite(file, error) : error;
  }
}

/** The file itself where a link leads to it, so that the link stays; never a device, which a rename would replace. */
async function findTarget(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (!found) return path;
  if (found.isFile()) return realpath(path);
  throw cannotWrite(path, 'there is something else of that name');
}

function isAboutFile(error: unknown, path: string): boolean {
  if (!(error instanceof Error)) return false;
  const { path: where, syscall } = error as NodeJS.ErrnoException;
  return where === path || syscall === 'write' || syscall === 'fsync';
}

function cannotWrite(file: string, reason: unknown): NightjarError {
  return new NightjarError(
    'USAGE',
    `Expected to write a file at ${file} but: ${messageOf(reason)}. Name another with --output, or leave it ` +
      'out to write to standard output.',
    { cause: reason },
  );
}
