import { closeSync, fstatSync, open, read } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { type Fault, fault } from '../domain/outcome.ts';
import type { ListedPhoto } from '../domain/photo.ts';
import {
  FetchFault,
  type OnSkip,
  type PhotoSource,
  type SourceLimits,
  type TakeRoom,
} from '../ports.ts';
import { isPhotoKey } from './photo-keys.ts';

// What may wait for a disk is left to the thread pool; looking at a file that is open, and closing it, takes
// less than to ask for that.
const openFile = promisify(open);
const readFile = promisify(read);

/** Of Node's pool, which reads files (its own setting, and default). */
const THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4;
const PAGE_SIZE = 1000;
/** The operating system's ways of saying that the file itself, not the disk, is the trouble. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']);

/** What stands for bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';
const FORBIDDEN = new Set(['EACCES', 'EPERM']);

/** A folder of photos and everything below it; keys are paths relative to it, with forward slashes. */
export class FilePhotoSource implements PhotoSource {
  readonly url: string;
  readonly parallelism = THREADS;
  readonly #root: string;
  readonly #options: SourceLimits;
  readonly #identity: FolderIdentity;

  /** @param identity the folder as it was found: another in its place is a disk that went away */
  constructor(folder: URL, options: SourceLimits, identity: FolderIdentity) {
    this.#root = fileURLToPath(folder);
    this.#identity = identity;
    this.url = folder.href.endsWith('/') ? folder.href : `${folder.href}/`;
    this.#options = options;
  }

  async *list(onSkip: OnSkip = () => {}): AsyncGenerator<readonly ListedPhoto[]> {
    let page: ListedPhoto[] = [];
    try {
      for await (const { path, key } of this.#walk(Buffer.from(this.#root), '', onSkip)) {
        const listed = await describe(path, key);
        if (typeof listed === 'string') onSkip(key, listed);
        else page.push(listed);
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

  async fetch(
    photo: ListedPhoto,
    takeRoom: TakeRoom = Buffer.allocUnsafeSlow,
  ): Promise<Uint8Array> {
    if (photo.size > this.#options.maxImageBytes) {
      throw tooLarge(photo.size, this.#options.maxImageBytes);
    }
    let file: number | undefined;
    try {
      file = await openFile(join(this.#root, photo.key), 'r');
      const bytes = await readUpTo(file, takeRoom(photo.size));
      // Afterwards, as somebody may be writing it just now.
      assertUnchanged(file, photo);
      return bytes;
    } catch (error) {
      if (error instanceof FetchFault) throw error;
      if (GONE.has(codeOf(error))) await this.#assertThere();
      throw toFetchFault(error, photo.key);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** A disk that was unmounted takes every photo along, and none of them is gone for good. */
  async #assertThere(): Promise<void> {
    const { dev, ino } = this.#identity;
    const found = await stat(this.#root).catch(() => null);
    if (found?.dev === dev && found.ino === ino) return;
    throw new NightjarError(
      'SOURCE_UNREACHABLE',
      `Expected the folder ${this.#root} but it is ${found ? 'another than before' : 'no longer there'}. Check that the disk is mounted.`,
    );
  }

  close(): void {}

  /**
   * Photos below a folder, by paths in bytes, as names need not be UTF-8. Links to folders are not
   * followed: they may lead in circles.
   */
  async *#walk(folder: Buffer, prefix: string, onSkip: OnSkip): AsyncGenerator<Entry> {
    for await (const entry of await opendir(folder, { encoding: 'buffer' as 'utf8' })) {
      const name = entry.name as unknown as Buffer;
      const key = `${prefix}${name.toString()}`;
      const path = Buffer.concat([folder, Buffer.from('/'), name]);
      if (entry.isDirectory()) {
        if (!key.slice(prefix.length).startsWith('.')) {
          yield* this.#walkInto({ path, key }, onSkip);
        }
      } else if (isPhotoKey(key)) {
        yield { path, key };
      }
    }
  }

  /** A folder that may not be entered, such as a disk's `lost+found`, costs its own photos alone. */
  async *#walkInto({ path, key }: Entry, onSkip: OnSkip): AsyncGenerator<Entry> {
    try {
      yield* this.#walk(path, `${key}/`, onSkip);
    } catch (error) {
      if (!FORBIDDEN.has(codeOf(error))) throw error;
      onSkip(`${key}/`, 'the folder may not be entered');
    }
  }
}

/** What tells a folder from another at the same path. */
export interface FolderIdentity {
  readonly dev: number;
  readonly ino: number;
}

interface Entry {
  readonly path: Buffer;
  readonly key: string;
}

/** What a file is for the listing, or why it is no photo that could be fetched. */
async function describe(path: Buffer, key: string): Promise<ListedPhoto | string> {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) return 'neither a file nor a link to one';
    const { size, mtimeNs, mtime } = stats;
    return { key, etag: etagOf(size, mtimeNs), size: Number(size), lastModified: mtime };
  } catch (error) {
    if (GONE.has(codeOf(error))) return 'gone meanwhile, or a link to nowhere';
    throw error;
  }
}

/** Size and modification time: what tells one version of a file from the next without reading it. */
function etagOf(size: bigint, mtimeNs: bigint): string {
  return `${size}-${mtimeNs}`;
}

/** @throws FetchFault where the file is no longer the version listed */
function assertUnchanged(file: number, photo: ListedPhoto): void {
  const { size, mtime, mtimeNs } = fstatSync(file, { bigint: true });
  if (etagOf(size, mtimeNs) !== photo.etag) throw changed(photo, mtime);
}

/** In one read most of the time: `readFile` takes four turns of the thread pool. */
async function readUpTo(file: number, bytes: Uint8Array): Promise<Uint8Array> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await readFile(file, bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) return bytes.subarray(0, filled); // shorter by now
    filled += bytesRead;
  }
  return bytes;
}

function changed(photo: ListedPhoto, modified: Date): FetchFault {
  return new FetchFault(
    fault(
      'OBJECT_CHANGED',
      `Expected the file as listed (${photo.lastModified.toISOString()}) but it was written again at ${modified.toISOString()}; the next run takes the new version`,
    ),
  );
}

function tooLarge(size: number, limit: number): FetchFault {
  return new FetchFault(
    fault('OBJECT_TOO_LARGE', `Expected at most ${limit} bytes (maxImageBytes) but it has ${size}`),
  );
}

function toFetchFault(error: unknown, key: string): FetchFault {
  return new FetchFault(judge(error, key), { cause: error });
}

function judge(error: unknown, key: string): Fault {
  if (!GONE.has(codeOf(error))) {
    return fault('FETCH_FAILED', `Expected to read the file but: ${messageOf(error)}`);
  }
  return key.includes(REPLACEMENT)
    ? fault('NAME_NOT_UTF8', 'Expected a path in UTF-8 but it holds other bytes; rename it')
    : fault('OBJECT_GONE', 'Expected the listed file but it is no longer there');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
