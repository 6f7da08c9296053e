import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPhotoSource } from '../../src/adapters/photo-source.ts';
import type { RejectCode } from '../../src/domain/outcome.ts';
import type { ListedPhoto } from '../../src/domain/photo.ts';
import { FetchFault, type PhotoSource, type SourceLimits } from '../../src/ports.ts';
import { type S3Server, setEnvironment, startS3Server } from '../helpers/s3-server.ts';

const LIMITS: SourceLimits = { maxImageBytes: 2 ** 20, requestTimeoutMs: 5_000 };
const MANY = 2_500;
/** Linux tells here what a process has open. */
const OPEN_FILES = '/proc/self/fd';
const PAGE_BOUND = 1_000;

/** An empty place for photos, and how to get at it from outside. */
interface Place {
  readonly name: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}

/** One kind of source. */
interface Kind {
  createPlace(): Promise<Place>;
  nameOfMissing(): string;
}

const opened: PhotoSource[] = [];
const folders: string[] = [];
let server: S3Server;
let restoreEnvironment: () => void;

beforeAll(async () => {
  server = await startS3Server();
  restoreEnvironment = setEnvironment(server.env);
});

afterEach(() => {
  for (const source of opened.splice(0)) source.close();
});

afterAll(async () => {
  restoreEnvironment();
  await server.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function createFolder(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar photos '));
  folders.push(folder);
  return {
    name: folder,
    async put(key, bytes) {
      await mkdir(dirname(join(folder, key)), { recursive: true });
      await writeFile(join(folder, key), bytes);
    },
    remove: (key) => unlink(join(folder, key)),
  };
}

async function createBucket(): Promise<Place> {
  const bucket = `photos-${randomUUID()}`;
  await server.createBucket(bucket);
  return {
    name: `s3://${bucket}/`,
    put: (key, bytes) => server.putObject(bucket, key, bytes),
    remove: (key) => server.deleteObject(bucket, key),
  };
}

const KINDS: Record<string, Kind> = {
  'a folder': { createPlace: createFolder, nameOfMissing: () => join(tmpdir(), randomUUID()) },
  'an S3 bucket': { createPlace: createBucket, nameOfMissing: () => `s3://${randomUUID()}/` },
};

async function open(name: string, limits: Partial<SourceLimits> = {}): Promise<PhotoSource> {
  const source = await openPhotoSource(name, { ...LIMITS, ...limits }, process.cwd());
  opened.push(source);
  return source;
}

async function listPages(source: PhotoSource): Promise<(readonly ListedPhoto[])[]> {
  const pages: (readonly ListedPhoto[])[] = [];
  for await (const page of source.list()) pages.push(page);
  return pages;
}

/** All that is listed, by key; fails when a key is listed twice. */
async function listAll(source: PhotoSource): Promise<Map<string, ListedPhoto>> {
  const photos = (await listPages(source)).flat();
  const byKey = new Map(photos.map((photo) => [photo.key, photo]));
  expect(byKey.size).toBe(photos.length);
  return byKey;
}

async function listOne(source: PhotoSource, key: string): Promise<ListedPhoto> {
  const listed = (await listAll(source)).get(key);
  if (!listed) throw new Error(`${key} is not listed`);
  return listed;
}

async function putAll(place: Place, keys: readonly string[]): Promise<void> {
  const waiting = [...keys];
  const work = async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      await place.put(key, bytesOf(key));
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

/** Bytes that no other key has. */
const bytesOf = (key: string) => new Uint8Array(Buffer.from(`bytes of ${key}`));

async function fetchText(source: PhotoSource, photo: ListedPhoto): Promise<string> {
  return Buffer.from(await source.fetch(photo)).toString();
}

/** `ok`, or the code a fetch was refused with. */
async function outcomeOf(fetching: Promise<Uint8Array>): Promise<'ok' | RejectCode> {
  try {
    await fetching;
    return 'ok';
  } catch (error) {
    if (error instanceof FetchFault) return error.fault.code;
    throw error;
  }
}

describe.each(Object.entries(KINDS))('%s as a source', (_, kind) => {
  test('lists every photo at any depth, with its size and the time it was written', async () => {
    const place = await kind.createPlace();
    const keys = ['a.jpg', 'one/b.JPG', 'one/two/three/four/c.png', 'one-2/d.tiff'];
    await putAll(place, keys);
    const listed = await listAll(await open(place.name));
    expect([...listed.keys()].sort()).toEqual(keys.sort());
    for (const [key, photo] of listed) {
      expect(photo.size).toBe(bytesOf(key).length);
      expect(photo.etag).not.toBe('');
      expect(Math.abs(photo.lastModified.getTime() - Date.now())).toBeLessThan(120_000);
    }
  });

  test(`lists ${MANY} photos in several pages of at most ${PAGE_BOUND}, none lost and none doubled`, async () => {
    const place = await kind.createPlace();
    const keys = Array.from({ length: MANY }, (_, n) => {
      const number = String(n).padStart(5, '0');
      return `camera-${n % 7}/IMG_${number}.jpg`;
    });
    await putAll(place, keys);
    const pages = await listPages(await open(place.name));
    expect(pages.length).toBeGreaterThan(2);
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(PAGE_BOUND);
    const listed = pages.flat().map(({ key }) => key);
    expect(listed.sort()).toEqual(keys.sort());
  });

  test('an empty one has no pages', async () => {
    const place = await kind.createPlace();
    expect(await listPages(await open(place.name))).toEqual([]);
  });

  test('lists the same twice, and a listing that is left early can be begun anew', async () => {
    const place = await kind.createPlace();
    await putAll(place, ['a.jpg', 'b.jpg', 'c/d.jpg']);
    const source = await open(place.name);
    for await (const page of source.list()) {
      expect(page.length).toBeGreaterThan(0);
      break;
    }
    expect(await listAll(source)).toEqual(await listAll(source));
  });

  test('lists photos only: no sidecars, no databases of thumbnails, nothing hidden', async () => {
    const place = await kind.createPlace();
    const photos = ['a.jpg', 'B.JPEG', 'c.heic', 'd.webp', 'e.jxl', 'f.NEF', 'not.hidden/g.gif'];
    const others = [
      'a.jpg.xmp',
      'Thumbs.db',
      'readme.txt',
      'jpg',
      '.DS_Store',
      '._a.jpg',
      '.thumbnails/a.jpg',
      'one/.trash/two/a.jpg',
      'video.mp4',
      'folder.jpg/notes.txt',
    ];
    await putAll(place, [...photos, ...others]);
    const listed = await listAll(await open(place.name));
    expect([...listed.keys()].sort()).toEqual(photos.sort());
  });

  test('takes keys with any characters as they are, and fetches each one', async () => {
    const place = await kind.createPlace();
    const keys = [
      'with space.jpg',
      ' leading and  double.jpg',
      'plus+plus.jpg',
      'per%20cent.jpg',
      '100%.jpg',
      'hash#1.jpg',
      'question?.jpg',
      'double"quote.jpg',
      'semi;comma,equals=at@colon:.jpg',
      'parens(1)[2]{3}~!*$.jpg',
      'ünïcødé/日本語/🦊.jpg',
      'composed \u00e9.jpg',
      'decomposed e\u0301.jpg',
      'folder with space/plus+/100%/x.jpg',
    ];
    await putAll(place, keys);
    const source = await open(place.name);
    const listed = await listAll(source);
    expect([...listed.keys()].sort()).toEqual(keys.sort());
    for (const [key, photo] of listed) {
      expect(await fetchText(source, photo)).toBe(`bytes of ${key}`);
    }
  });

  test('fetches exactly the bytes, up to maxImageBytes', async () => {
    const place = await kind.createPlace();
    const sizes = [1, 255, 65_536, LIMITS.maxImageBytes];
    const contents = new Map(sizes.map((size) => [`${size}.jpg`, randomBytes(size)]));
    for (const [key, bytes] of contents) await place.put(key, bytes);
    const source = await open(place.name);
    for (const [key, photo] of await listAll(source)) {
      const fetched = await source.fetch(photo);
      expect(contents.get(key)?.equals(fetched)).toBe(true);
    }
  });

  test('a photo of zero bytes is listed and fetched as such', async () => {
    const place = await kind.createPlace();
    await place.put('empty.jpg', new Uint8Array());
    const source = await open(place.name);
    const listed = await listOne(source, 'empty.jpg');
    expect(listed.size).toBe(0);
    expect(await source.fetch(listed)).toHaveLength(0);
  });

  test('a photo that was overwritten has a new etag, and the version listed before is OBJECT_CHANGED', async () => {
    const place = await kind.createPlace();
    await place.put('a.jpg', bytesOf('one'));
    await place.put('b.jpg', bytesOf('other'));
    const source = await open(place.name);
    const before = await listAll(source);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the clock of a file system is coarse
    await place.put('a.jpg', bytesOf('two')); // as many bytes as before
    const after = await listAll(source);
    const [old, fresh] = [before.get('a.jpg'), after.get('a.jpg')];
    if (!old || !fresh) throw new Error('a.jpg is not listed');
    expect(fresh.etag).not.toBe(old.etag);
    expect(after.get('b.jpg')?.etag).toBe(before.get('b.jpg')?.etag);
    expect(await outcomeOf(source.fetch(old))).toBe('OBJECT_CHANGED');
    expect(await fetchText(source, fresh)).toBe('bytes of two');
  });

  test('a photo that was deleted is OBJECT_GONE and no longer listed', async () => {
    const place = await kind.createPlace();
    await putAll(place, ['a.jpg', 'one/b.jpg']);
    const source = await open(place.name);
    const listed = await listOne(source, 'one/b.jpg');
    await place.remove('one/b.jpg');
    expect(await outcomeOf(source.fetch(listed))).toBe('OBJECT_GONE');
    expect([...(await listAll(source)).keys()]).toEqual(['a.jpg']);
  });

  test('a photo one byte over maxImageBytes is OBJECT_TOO_LARGE, one just at it is fetched', async () => {
    const place = await kind.createPlace();
    await place.put('at.jpg', new Uint8Array(1000));
    await place.put('over.jpg', new Uint8Array(1001));
    const source = await open(place.name, { maxImageBytes: 1000 });
    const listed = await listAll(source);
    const outcomes = new Map<string, string>();
    for (const [key, photo] of listed) outcomes.set(key, await outcomeOf(source.fetch(photo)));
    expect(Object.fromEntries(outcomes)).toEqual({
      'at.jpg': 'ok',
      'over.jpg': 'OBJECT_TOO_LARGE',
    });
  });

  test('300 fetches at the same time, most of them refused, all settle and leave the source usable', async () => {
    const place = await kind.createPlace();
    const large = new Uint8Array(300_000);
    for (const key of ['good.jpg', 'changed.jpg', 'gone.jpg']) await place.put(key, large);
    await place.put('too-large.jpg', new Uint8Array(LIMITS.maxImageBytes + 1));
    const source = await open(place.name);
    const listed = [...(await listAll(source)).values()];
    await new Promise((resolve) => setTimeout(resolve, 20));
    await place.put(
      'changed.jpg',
      large.map(() => 1),
    );
    await place.remove('gone.jpg');
    const photos = Array.from({ length: 75 }, () => listed).flat();
    const outcomes = await Promise.all(photos.map((photo) => outcomeOf(source.fetch(photo))));
    const expected: Record<string, string> = {
      'good.jpg': 'ok',
      'changed.jpg': 'OBJECT_CHANGED',
      'gone.jpg': 'OBJECT_GONE',
      'too-large.jpg': 'OBJECT_TOO_LARGE',
    };
    expect(outcomes).toEqual(photos.map(({ key }) => expected[key]));
    const good = await listOne(source, 'good.jpg');
    expect(await source.fetch(good)).toHaveLength(300_000);
  });

  test('one that is not there is SOURCE_UNREACHABLE, and the message names it and what to check', async () => {
    const name = kind.nameOfMissing();
    const listing = open(name).then(listPages);
    await expect(listing).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    await expect(listing).rejects.toThrow(name);
    await expect(listing).rejects.toThrow('Check the ');
  });
});

test.each([
  'https://example.org/photos/',
  'gs://bucket/photos/',
  's3://UPPER_CASE/photos/',
  's3://',
])(
  '%s is no source: CONFIGURATION_INVALID, and the message shows what one looks like',
  async (name) => {
    await expect(open(name)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    await expect(open(name)).rejects.toThrow(`s3://bucket/prefix/`);
    await expect(open(name)).rejects.toThrow(`"${name}"`);
  },
);

if (!existsSync(OPEN_FILES)) console.error(`SKIPPED open files: there is no ${OPEN_FILES} here`);

describe('a folder', () => {
  test('can be named by its path, from where the command runs, or by its URL', async () => {
    const place = await createFolder();
    await place.put('one/a.jpg', bytesOf('a'));
    const url = `${pathToFileURL(place.name).href}/`;
    const sources = [
      await open(place.name),
      await open(url),
      await openPhotoSource('one', LIMITS, place.name),
      await openPhotoSource('./one/', LIMITS, place.name),
    ];
    expect(sources.map((source) => source.url)).toEqual([url, url, `${url}one/`, `${url}one/`]);
    for (const source of sources) expect((await listAll(source)).size).toBe(1);
  });

  test('follows links to photos, not links to folders, and steps over links that lead nowhere', async () => {
    const place = await createFolder();
    await place.put('real/a.jpg', bytesOf('a'));
    await symlink(join(place.name, 'real/a.jpg'), join(place.name, 'link.jpg'));
    await symlink(join(place.name, 'nowhere.jpg'), join(place.name, 'dangling.jpg'));
    await symlink(join(place.name, 'itself.jpg'), join(place.name, 'itself.jpg'));
    await symlink(join(place.name, 'real/a.jpg/x.jpg'), join(place.name, 'below-a-file.jpg'));
    await symlink(place.name, join(place.name, 'circle'));
    await symlink(join(place.name, 'real'), join(place.name, 'folder.jpg'));
    const source = await open(place.name);
    const listed = await listAll(source);
    expect([...listed.keys()].sort()).toEqual(['link.jpg', 'real/a.jpg']);
    expect(await fetchText(source, await listOne(source, 'link.jpg'))).toBe('bytes of a');
  });

  test.skipIf(!existsSync(OPEN_FILES))('leaves no file open, fetched or refused', async () => {
    const place = await createFolder();
    await putAll(place, ['good.jpg', 'changed.jpg', 'large.jpg']);
    await place.put('large.jpg', new Uint8Array(1001));
    const source = await open(place.name, { maxImageBytes: 1000 });
    const listed = [...(await listAll(source)).values()];
    await place.put('changed.jpg', new Uint8Array(7));
    for (let n = 0; n < 50; n++) {
      for (const photo of listed) await outcomeOf(source.fetch(photo));
    }
    const descriptors = (await readdir(OPEN_FILES)).map((fd) =>
      readlink(join(OPEN_FILES, fd)).catch(() => ''),
    );
    expect((await Promise.all(descriptors)).filter((path) => path.startsWith(place.name))).toEqual(
      [],
    );
  });

  test('that is a file, or was removed after it was opened, is SOURCE_UNREACHABLE', async () => {
    const place = await createFolder();
    await place.put('a.jpg', bytesOf('a'));
    const file = join(place.name, 'a.jpg');
    await expect(open(file)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    await expect(open(file)).rejects.toThrow(`${file} but there is a file`);
    const source = await open(place.name);
    await rm(place.name, { recursive: true });
    await expect(listPages(source)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });
});

test('a folder that another has taken the place of, as when a disk is unmounted, is the run’s fault: no photo is gone for good', async () => {
  const place = await createFolder();
  await place.put('a.jpg', bytesOf('a'));
  const source = await open(place.name);
  const listed = await listOne(source, 'a.jpg');
  await rename(place.name, `${place.name}-elsewhere`);
  folders.push(`${place.name}-elsewhere`);
  await expect(source.fetch(listed)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  await mkdir(place.name);
  await expect(source.fetch(listed)).rejects.toThrow('Check that the disk is mounted');
});

describe('an S3 bucket', () => {
  test('is listed below the prefix only, the keys in full', async () => {
    const place = await createBucket();
    const keys = ['cam/a.jpg', 'cam/b/c.jpg', 'cam2/d.jpg', 'camera.jpg', 'e.jpg', '.x/cam/f.jpg'];
    await putAll(place, keys);
    const below = async (prefix: string) =>
      [...(await listAll(await open(`${place.name}${prefix}`))).keys()].sort();
    expect(await below('cam/')).toEqual(['cam/a.jpg', 'cam/b/c.jpg']);
    expect(await below('cam')).toEqual(['cam/a.jpg', 'cam/b/c.jpg', 'cam2/d.jpg', 'camera.jpg']);
    expect(await below('.x/')).toEqual(['.x/cam/f.jpg']);
    expect(await below('none/')).toEqual([]);
    expect((await open(`${place.name}cam/`)).url).toBe(`${place.name}cam/`);
    expect((await open(place.name.slice(0, -1))).url).toBe(place.name);
  });

  test('with other credentials than the server knows is the fault of the run, not of each photo', async () => {
    const place = await createBucket();
    await place.put('a.jpg', bytesOf('a'));
    const listed = await listOne(await open(place.name), 'a.jpg');
    const restore = setEnvironment({ AWS_ACCESS_KEY_ID: 'NOBODY', AWS_SECRET_ACCESS_KEY: 'WRONG' });
    try {
      const source = await open(place.name);
      const refusal = { code: 'SOURCE_UNREACHABLE' };
      await expect(listPages(source)).rejects.toMatchObject(refusal);
      await expect(source.fetch(listed)).rejects.toMatchObject(refusal);
      await expect(source.fetch(listed)).rejects.toThrow(/InvalidAccessKeyId.*AWS_ACCESS_KEY_ID/s);
    } finally {
      restore();
    }
  });
});

/** A server that says and does what S3 and its imitations do on bad days. */
describe('a server that speaks S3 badly', () => {
  const MAX_ATTEMPTS = 4;
  const TIMEOUT_MS = 150;
  /** What a busy machine may take on top. */
  const SLACK_MS = 2_000;
  const PHOTO: ListedPhoto = {
    key: 'a.jpg',
    etag: '"0123456789abcdef0123456789abcdef"',
    size: 10,
    lastModified: new Date(0),
  };
  const XML = { 'content-type': 'application/xml' };
  const closers: (() => void)[] = [];

  function writeHalf(response: ServerResponse, then: () => void = () => {}): void {
    response.writeHead(200, { etag: PHOTO.etag, 'content-length': '10' });
    response.write('01234', then);
  }

  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  async function openAt(
    listener: RequestListener,
    requestTimeoutMs = TIMEOUT_MS,
  ): Promise<PhotoSource> {
    const raw = createServer(listener);
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    const { port } = raw.address() as AddressInfo;
    const restore = setEnvironment({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    closers.push(() => {
      raw.closeAllConnections();
      raw.close();
    });
    closers.push(restore);
    return open('s3://bucket/', { requestTimeoutMs });
  }

  test('an object that never answers is FETCH_FAILED within the timeout of all attempts', async () => {
    let requests = 0;
    const source = await openAt(() => requests++);
    const startedAt = performance.now();
    expect(await outcomeOf(source.fetch(PHOTO))).toBe('FETCH_FAILED');
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS * MAX_ATTEMPTS + SLACK_MS);
    expect(requests).toBeGreaterThan(1);
  });

  test('a listing that never answers is SOURCE_UNREACHABLE', async () => {
    const source = await openAt(() => {});
    await expect(listPages(source)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });

  test('a body that stops halfway is FETCH_FAILED, whether the connection stays or breaks', async () => {
    const halfway =
      (then: 'stays' | 'breaks'): RequestListener =>
      (_request, response) =>
        writeHalf(response, () => then === 'breaks' && response.destroy());
    for (const then of ['stays', 'breaks'] as const) {
      const source = await openAt(halfway(then));
      const startedAt = performance.now();
      expect(await outcomeOf(source.fetch(PHOTO))).toBe('FETCH_FAILED');
      expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS * MAX_ATTEMPTS + SLACK_MS);
    }
  });

  test('a body that trickles is FETCH_FAILED within the timeout of all attempts, and its connection closed', async () => {
    let isOpen = false;
    const source = await openAt((request, response) => {
      isOpen = true;
      response.writeHead(200, { etag: PHOTO.etag, 'content-length': '1000' });
      const drops = setInterval(() => response.write('0'), TIMEOUT_MS / 5);
      request.socket.on('close', () => {
        clearInterval(drops);
        isOpen = false;
      });
    });
    const startedAt = performance.now();
    expect(await outcomeOf(source.fetch({ ...PHOTO, size: 1000 }))).toBe('FETCH_FAILED');
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS * MAX_ATTEMPTS + SLACK_MS);
    await expect.poll(() => isOpen).toBe(false);
  });

  // s3rver escapes these twice, so they are listed here as S3 does it.
  test('keys with characters that XML escapes are listed as they are', async () => {
    const keys = ['amp&amp.jpg', 'less&lt;<tag>.jpg', "apostrophe'.jpg", '🦊.jpg'];
    const escaped = ['amp&amp;amp', 'less&amp;lt;&lt;tag&gt;', 'apostrophe&#39;', '🦊'];
    const rows = escaped.map(
      (key) =>
        `<Contents><Key>${key}.jpg</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>` +
        '<ETag>&quot;0123&quot;</ETag><Size>5</Size></Contents>',
    );
    const source = await openAt((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(`<ListBucketResult>${rows.join('')}</ListBucketResult>`);
    });
    const listed = [...(await listAll(source)).values()];
    const lastModified = new Date('2026-01-02T03:04:05Z');
    expect(listed).toEqual(keys.map((key) => ({ key, etag: '"0123"', size: 5, lastModified })));
  });

  test('If-Match is sent, and the answer 412 is OBJECT_CHANGED', async () => {
    let asked: string | undefined;
    const source = await openAt((request, response) => {
      asked = request.headers['if-match'];
      response.writeHead(412, { 'content-type': 'application/xml' });
      response.end('<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>');
    });
    expect(await outcomeOf(source.fetch(PHOTO))).toBe('OBJECT_CHANGED');
    expect(asked).toBe(PHOTO.etag);
  });

  test('an etag that lost its quotes, or none at all, is the same version', async () => {
    for (const etag of [PHOTO.etag.replaceAll('"', ''), undefined]) {
      const source = await openAt((_request, response) => {
        response.writeHead(200, { 'content-length': '10', ...(etag && { etag }) });
        response.end('0123456789');
      });
      expect(await source.fetch(PHOTO)).toHaveLength(10);
    }
  });

  test('what is listed as too large is never asked for', async () => {
    let requests = 0;
    const source = await openAt(() => requests++);
    const listed = { ...PHOTO, size: LIMITS.maxImageBytes + 1 };
    expect(await outcomeOf(source.fetch(listed))).toBe('OBJECT_TOO_LARGE');
    expect(requests).toBe(0);
  });

  test('what turns out too large is not read: 300 of them free their connections', async () => {
    let sent = 0;
    const connections = new Set<unknown>();
    const source = await openAt((request, response) => {
      connections.add(request.socket.on('close', () => connections.delete(request.socket)));
      if (request.url?.includes('good.jpg')) {
        response.writeHead(200, { 'content-length': '10' });
        response.end('0123456789');
        return;
      }
      response.writeHead(200, { etag: PHOTO.etag, 'content-length': String(2 ** 30) });
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    }, 5_000);
    const fetching = Array.from({ length: 300 }, () => outcomeOf(source.fetch(PHOTO)));
    expect(new Set(await Promise.all(fetching))).toEqual(new Set(['OBJECT_TOO_LARGE']));
    expect(await source.fetch({ ...PHOTO, key: 'good.jpg' })).toHaveLength(10);
    expect(sent).toBeLessThan(2 ** 30);
    await expect.poll(() => connections.size, { timeout: 5_000 }).toBeLessThan(2);
  });

  test('a server error is tried again, and is FETCH_FAILED when it stays', async () => {
    let requests = 0;
    const source = await openAt((_request, response) => {
      requests++;
      if (requests < 3) response.writeHead(503).end();
      else response.writeHead(200, { 'content-length': '10' }).end('0123456789');
    }, 1_000);
    expect(await source.fetch(PHOTO)).toHaveLength(10);
    expect(requests).toBe(3);
    const hopeless = await openAt((_request, response) => response.writeHead(500).end());
    expect(await outcomeOf(hopeless.fetch(PHOTO))).toBe('FETCH_FAILED');
  });

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['the connection is reset', (request) => request.socket.resetAndDestroy()],
    ['the body breaks off', (_, response) => writeHalf(response, () => response.destroy())],
    ['the body stops coming', (_, response) => writeHalf(response)],
    [
      'the body is too short, and its Content-Length with it',
      (_, response) =>
        response.writeHead(200, { etag: PHOTO.etag, 'content-length': '5' }).end('01234'),
    ],
    [
      'the body is longer than listed',
      (_, response) =>
        response.writeHead(200, { etag: PHOTO.etag, 'content-length': '12' }).end('0123456789ab'),
    ],
    [
      'S3 says SlowDown',
      (_, response) => response.writeHead(503, XML).end('<Error><Code>SlowDown</Code></Error>'),
    ],
    [
      'S3 says InternalError',
      (_, response) =>
        response.writeHead(500, XML).end('<Error><Code>InternalError</Code></Error>'),
    ],
  ])('%s: the object is asked for again, and its bytes are right', async (_, fail) => {
    let requests = 0;
    const source = await openAt((request, response) => {
      if (++requests < 3) fail(request, response);
      else response.writeHead(200, { 'content-length': '10', etag: PHOTO.etag }).end('0123456789');
    }, 1_000);
    expect(await fetchText(source, PHOTO)).toBe('0123456789');
    expect(requests).toBe(3);
  });

  test('an object that is forbidden is that photo’s FETCH_FAILED at once; a forbidden listing is the run’s fault', async () => {
    let requests = 0;
    const source = await openAt((_request, response) => {
      requests++;
      response.writeHead(403, XML).end('<Error><Code>AccessDenied</Code></Error>');
    });
    expect(await outcomeOf(source.fetch(PHOTO))).toBe('FETCH_FAILED');
    expect(requests).toBe(1);
    await expect(listPages(source)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(requests).toBe(2);
  });

  test('a listing that fails at first is asked for again', async () => {
    let requests = 0;
    const source = await openAt((_request, response) => {
      if (++requests < 3) response.writeHead(503, XML).end('<Error><Code>SlowDown</Code></Error>');
      else response.writeHead(200, XML).end('<ListBucketResult></ListBucketResult>');
    });
    expect(await listPages(source)).toEqual([]);
    expect(requests).toBe(3);
  });

  test('nobody listening is FETCH_FAILED for a photo and SOURCE_UNREACHABLE for the listing', async () => {
    const source = await openAt(() => {});
    closers[0]?.();
    expect(await outcomeOf(source.fetch(PHOTO))).toBe('FETCH_FAILED');
    await expect(listPages(source)).rejects.toThrow('AWS_ENDPOINT_URL_S3');
  });
});
