import { stat } from 'node:fs/promises';
import { NightjarError } from '../domain/errors.ts';

/** What a person is to name. */
export interface ExpectedPath {
  readonly kind: 'file' | 'folder';
  /** In words, as in "Expected WHAT at …". */
  readonly what: string;
  /** What to do where it is not there, and where it is of the other kind. */
  readonly remedy: { readonly missing: string; readonly other: string };
}

/**
 * Looks whether a path that a person named is there and of the right kind, before anything is begun.
 * What cannot be looked at is left to whoever reads it.
 *
 * @throws USAGE
 */
export async function expectPath(path: string, expected: ExpectedPath): Promise<void> {
  const { kind, what, remedy } = expected;
  const found = await stat(path).then(
    (stats) => (stats.isDirectory() ? 'folder' : 'file'),
    (error: NodeJS.ErrnoException) => (MISSING.has(error.code) ? 'nothing' : kind),
  );
  if (found === kind) return;
  const state = found === 'nothing' ? 'there is nothing' : `that is a ${found}`;
  const help = found === 'nothing' ? remedy.missing : remedy.other;
  throw new NightjarError('USAGE', `Expected ${what} at ${path} but ${state}. ${help}`);
}

const MISSING: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);
