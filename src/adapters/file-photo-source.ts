import { type FileHandle, open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { fault } from '../domain/outcome.ts';
import type { ListedPhoto } from '../domain/photo.ts';
import { FetchFault, type PhotoSource, type SourceLimits } from '../ports.ts';
import { isPhotoKey } from './photo-keys.ts';

const PAGE_SIZE = 1000;
/** The operating system's ways of saying that the file itself, not the disk, is the trouble. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']);

/** A folder of photos and everything below it; keys are paths relative to it, with forward slashes. */
export class FilePhotoSource implements PhotoSource {
  readonly url: string;
  readonly #root: string;
  readonly #options: SourceLimits;

  constructor(folder: URL, options: SourceLimits) {
    this.#root = fileURLToPath(folder);
    this.url = folder.href.endsWith('/') ? folder.href : `${folder.href}/`;
    this.#options = options;
  }

  async *list(): AsyncGenerator<readonly ListedPhoto[]> {
    let page: ListedPhoto[] = [];
    try {
      for await (const key of this.#walk('')) {
        const listed = await describe(join(this.#root, key), key);
        if (listed) page.push(listed);
        if (page.length === PAGE_SIZE) {
          yield page;
          page = [];
        }
      }
    } catch (error) {
      throw new NightjarError(
        'SOURCE_UNREACHABLE',
        `Expected to list ${this.#root} but: ${messageOf(error)}`,
        { cause: error },
      );
    }
    if (page.length > 0) yield page;
  }

  async fetch(photo: ListedPhoto): Promise<Uint8Array> {
    const path = join(this.#root, photo.key);
    let handle: FileHandle | undefined;
    try {
      handle = await open(path);
      const { size, mtime, mtimeNs } = await handle.stat({ bigint: true });
      if (etagOf(size, mtimeNs) !== photo.etag) throw changed(photo, mtime);
      if (size > this.#options.maxImageBytes) throw tooLarge(size, this.#options.maxImageBytes);
      return await handle.readFile();
    } catch (error) {
      if (error instanceof FetchFault) throw error;
      throw toFetchFault(error);
    } finally {
      await handle?.close();
    }
  }

  close(): void {}

  /** Paths of photos below a folder. Links to folders are not followed: they may lead in circles. */
  async *#walk(folder: string): AsyncGenerator<string> {
    for await (const entry of await opendir(join(this.#root, folder))) {
      const key = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory() && !entry.name.startsWith('.')) yield* this.#walk(key);
      else if ((entry.isFile() || entry.isSymbolicLink()) && isPhotoKey(key)) yield key;
    }
  }
}

async function describe(path: string, key: string): Promise<ListedPhoto | null> {
  try {
    const { size, mtimeNs, mtime, isFile } = await statFile(path);
    if (!isFile) return null;
    return { key, etag: etagOf(size, mtimeNs), size: Number(size), lastModified: mtime };
  } catch (error) {
    if (GONE.has(codeOf(error))) return null; // gone meanwhile, or a link to nowhere or to itself
    throw error;
  }
}

async function statFile(path: string) {
  const stats = await stat(path, { bigint: true });
  return { size: stats.size, mtimeNs: stats.mtimeNs, mtime: stats.mtime, isFile: stats.isFile() };
}

/** Size and modification time: what tells one version of a file from the next without reading it. */
function etagOf(size: bigint, mtimeNs: bigint): string {
  return `${size}-${mtimeNs}`;
}

function changed(photo: ListedPhoto, modified: Date): FetchFault {
  return new FetchFault(
    fault(
      'OBJECT_CHANGED',
      `Expected the file as listed (${photo.lastModified.toISOString()}) but it was written again at ${modified.toISOString()}; the next run takes the new version`,
    ),
  );
}

function tooLarge(size: bigint, limit: number): FetchFault {
  return new FetchFault(
    fault('OBJECT_TOO_LARGE', `Expected at most ${limit} bytes (maxImageBytes) but it has ${size}`),
  );
}

function toFetchFault(error: unknown): FetchFault {
  const photoFault = GONE.has(codeOf(error))
    ? fault('OBJECT_GONE', 'Expected the listed file but it is no longer there')
    : fault('FETCH_FAILED', `Expected to read the file but: ${messageOf(error)}`);
  return new FetchFault(photoFault, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
