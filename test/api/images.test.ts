import { copyFile, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPhotoSource } from '../../src/adapters/photo-source.ts';
import { loadConfig } from '../../src/config.ts';
import { closeHeicDecoder } from '../../src/transform/decode-heic.ts';
import { type ApiServer, openApiServer } from '../helpers/api-server.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { describeWithSharedData, readShared } from '../helpers/shared-data.ts';

const DEMO = resolve('models/demo/photos/kruger/IMG_0001.JPG');

let bench: TestDatabase;
let api: ApiServer;
let folder: string;
beforeAll(async () => {
  bench = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'nightjar-images-'));
  api = await openApiServer(bench.url, { maxImagePixels: 50_000_000 });
});
afterAll(async () => {
  await api.close();
  await closeHeicDecoder();
  await bench.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Notes a photo as its listing would. @returns its id */
async function list(key: string, format: string | null = 'jpeg'): Promise<string> {
  const url = `${pathToFileURL(folder).href}/`;
  const source = await openPhotoSource(url, loadConfig({ cwd: folder, env: {} }), folder);
  for await (const page of source.list()) {
    const listed = page.find((photo) => photo.key === key);
    if (!listed) continue;
    const { rows } = await bench.database.query<{ id: string }>(
      `insert into nightjar.photos (source, key, etag, size, last_modified, format)
       values ($1, $2, $3, $4, $5, $6) returning id::text`,
      [url, key, listed.etag, listed.size, listed.lastModified, format],
    );
    source.close();
    return rows[0]?.id ?? '';
  }
  throw new Error(`${key} was not listed`);
}

const put = async (key: string, bytes: Uint8Array | string, format?: string | null) => {
  await writeFile(join(folder, key), bytes);
  return list(key, format);
};

describe('a thumbnail', () => {
  test.each([160, 320, 640, 1280])('has %i pixels on its longer side at most', async (size) => {
    await copyFile(DEMO, join(folder, `size-${size}.jpg`));
    const id = await list(`size-${size}.jpg`);
    const answer = await api.get(`/v1/photos/${id}/image?size=${size}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('image/jpeg');
    expect(answer.headers['cache-control']).toContain('immutable');
    const original = await sharp(DEMO).metadata();
    const { width = 0, height = 0, format } = await sharp(answer.bytes).metadata();
    expect(format).toBe('jpeg');
    expect(Math.max(width, height)).toBe(Math.min(size, Math.max(original.width, original.height)));
  });

  test('has nothing of the metadata of its photo, wherever that kept it', async () => {
    const secret = 'SECRET-PLACE-24.9838';
    const bytes = await sharp(DEMO)
      .keepMetadata()
      .withExifMerge({
        IFD0: { Copyright: secret, ImageDescription: secret },
        IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '24/1 59/1 1/1', GPSAreaInformation: secret },
      })
      .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>${secret}</place></x:xmpmeta>`)
      .jpeg()
      .toBuffer();
    expect(bytes.toString('latin1')).toContain(secret);
    const id = await put('secret.jpg', bytes);
    const { bytes: image } = await api.get(`/v1/photos/${id}/image`);
    const { exif, xmp, iptc, comments, gps } = (await sharp(image).metadata()) as unknown as Record<
      string,
      unknown
    >;
    expect([exif, xmp, iptc, comments, gps]).toEqual(Array(5).fill(undefined));
    expect(image.toString('latin1')).not.toMatch(/SECRET|Exif|http|GPS|Photoshop/);
  });

  test('stands upright, as the photo says', async () => {
    const wide = await sharp({
      create: { width: 400, height: 200, channels: 3, background: '#123' },
    })
      .withExif({ IFD0: { Orientation: '6' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const id = await put('sideways.jpg', wide);
    const image = await sharp((await api.get(`/v1/photos/${id}/image`)).bytes).metadata();
    expect([image.width, image.height]).toEqual([160, 320]);
  });

  test.each([
    ['zero bytes', ''],
    ['text', 'this is no picture'],
    ['a head alone', '\xff\xd8\xff\xe0\0\x10JFIF'],
  ])('of %s cannot be made: 422', async (name, text) => {
    const id = await put(`${name}.jpg`, Buffer.from(text, 'latin1'), null);
    const answer = await api.get(`/v1/photos/${id}/image`);
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toMatch(/problem/);
  });

  test('of more pixels than are allowed is not begun: 422', async () => {
    const huge = await sharp({
      create: { width: 10_000, height: 6000, channels: 3, background: '#000' },
    })
      .png()
      .toBuffer();
    const id = await put('huge.png', huge, 'png');
    expect((await api.get(`/v1/photos/${id}/image`)).status).toBe(422);
  });

  test('of a photo that ends too early shows what there is', async () => {
    const bytes = await readFile(DEMO);
    const id = await put('cut.jpg', bytes.subarray(0, bytes.length / 2));
    expect((await api.get(`/v1/photos/${id}/image`)).status).toBe(200);
  });

  test('of a photo that was deleted or replaced is no other photo: 404', async () => {
    const deleted = await put('deleted.jpg', await readFile(DEMO));
    await unlink(join(folder, 'deleted.jpg'));
    const replaced = await put('replaced.jpg', await readFile(DEMO));
    await writeFile(join(folder, 'replaced.jpg'), 'something else');
    for (const id of [deleted, replaced]) {
      const answer = await api.get(`/v1/photos/${id}/image`);
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain(folder);
    }
  });

  test('is made once, and outlives its photo in memory', async () => {
    const id = await put('kept.jpg', await readFile(DEMO));
    const all = await Promise.all(
      Array.from({ length: 5 }, () => api.get(`/v1/photos/${id}/image`)),
    );
    await unlink(join(folder, 'kept.jpg'));
    all.push(await api.get(`/v1/photos/${id}/image`));
    expect(new Set(all.map(({ bytes }) => bytes.toString('base64'))).size).toBe(1);
    const again = await api.get(`/v1/photos/${id}/image`, {
      'if-none-match': String(all[0]?.headers.etag),
    });
    expect(again.status).toBe(304);
  });

  test.each(['file:///no/such/folder/', 's3://no-such-bucket-of-anybody/', 'ftp://x/'])(
    'of a source that cannot be reached, %s: 502, and nothing of where it is',
    async (source) => {
      const offline = await openApiServer(bench.url, {
        env: { NIGHTJAR_REQUEST_TIMEOUT_MS: '500' },
      });
      const { rows } = await bench.database.query<{ id: string }>(
        `insert into nightjar.photos (source, key, etag, size, last_modified) values ($1, 'x.jpg', 'x', 1, now())
         returning id::text`,
        [source],
      );
      const answer = await offline.get(`/v1/photos/${rows[0]?.id}/image`);
      expect(answer.status).toBe(502);
      expect(answer.text).not.toMatch(/no\/such|bucket|ENOENT|credential/i);
      await offline.close();
    },
  );
});

describeWithSharedData('a thumbnail of HEIC', () => {
  test('is a JPEG without metadata', async () => {
    const id = await put(
      'stone.heic',
      await readShared('photos/gps/exiv2__Stonehenge.heic'),
      'heic',
    );
    const answer = await api.get(`/v1/photos/${id}/image?size=160`);
    expect(answer.status).toBe(200);
    const { format, exif } = await sharp(answer.bytes).metadata();
    expect([format, exif]).toEqual(['jpeg', undefined]);
  });

  test('that is broken cannot be made: 422', async () => {
    const bytes = await readShared('photos/gps/exiv2__Stonehenge.heic');
    const id = await put('broken.heic', bytes.subarray(0, 300), 'heic');
    expect((await api.get(`/v1/photos/${id}/image`)).status).toBe(422);
  });
});
