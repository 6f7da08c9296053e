import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImageFormat } from '../../src/domain/photo.ts';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { readExif } from '../../src/extract/read-exif.ts';
import { describeWithSharedData, listShared, readShared } from '../helpers/shared-data.ts';
import { buildTiff, jpegWith, wrapInJpeg } from './build-exif.ts';

/** Far above the milliseconds it takes, far below what an endless loop or a huge value would. */
const LIMIT_MS = 2000;
const FORMATS: readonly ImageFormat[] = [
  'jpeg',
  'png',
  'webp',
  'tiff',
  'avif',
  'heic',
  'jxl',
  'raw',
];

async function readWithinLimit(bytes: Uint8Array, format: ImageFormat) {
  const start = performance.now();
  const reading = await readExif(bytes, format);
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  const { latitude, longitude } = reading;
  if (latitude !== null) expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
  if (longitude !== null) expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
  return reading;
}

const ascii = (text: string) => [...Buffer.from(text, 'latin1')];
const entry = (tag: number, type: number, count: number, value: number) => ({
  tag,
  type,
  count,
  value,
});

describe('readExif ends in time on', () => {
  test('random bytes behind every format’s head', async () => {
    const heads = [
      '',
      '\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0',
      'II*\0\x08\0\0\0',
      '\x89PNG\r\n\x1a\n',
    ];
    const boxes = [
      'RIFF\xff\xff\0\0WEBPEXIF',
      '\0\0\0\x10ftypheic\0\0\0\0',
      '\0\0\0\x0cJXL \r\n\x87\n',
    ];
    const head = fc.constantFrom(...heads, ...boxes).map(ascii);
    const bytes = fc.uint8Array({ maxLength: 2000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(head, bytes, fc.constantFrom(...FORMATS), async (start, rest, format) => {
        await readWithinLimit(Uint8Array.from([...start, ...rest]), format);
      }),
      { numRuns: 500 },
    );
  });

  test('a real EXIF block in which some bytes are others', async () => {
    const photo = await jpegWith(
      {
        GPSLatitudeRef: 'N',
        GPSLatitude: '33/1 30/1 0/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '7/1 1/1 0/1',
      },
      { DateTimeOriginal: '2024:05:06 07:08:09' },
    );
    const changes = fc.array(fc.tuple(fc.nat(photo.length - 1), fc.nat(255)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bytes = photo.slice();
        for (const [at, value] of list) bytes[at] = value;
        await readWithinLimit(bytes, 'jpeg');
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['text of 4 GB', entry(0x010f, 2, 0xffffffff, 40)],
    ['a billion rationals', entry(0x010f, 5, 0x3fffffff, 40)],
    ['a billion longs', entry(0x0112, 4, 0x40000000, 40)],
    ['4 billion doubles', entry(0x0112, 12, 0xffffffff, 40)],
    ['a billion EXIF pointers', entry(0x8769, 4, 0x40000000, 40)],
  ])(
    'a value that claims %s, in a JPEG and in a large TIFF, without the memory for it',
    async (_, huge) => {
      for (const [size, format] of [
        [2000, 'jpeg'],
        [30_000_000, 'tiff'],
      ] as const) {
        const block = buildTiff(size, { 8: [huge] });
        const before = process.memoryUsage().rss;
        const reading = await readWithinLimit(
          format === 'jpeg' ? wrapInJpeg(block) : block,
          format,
        );
        expect(reading.metadataProblem).toMatch(/Expected at most 4096 bytes for EXIF tag 0x/);
        expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
      }
    },
  );

  test.each([
    ['itself as EXIF and GPS directory', { 8: [entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8)] }],
    [
      'directories that point at each other',
      { 8: [entry(0x8769, 4, 1, 60)], 60: [entry(0x8825, 4, 1, 8)] },
    ],
    ['its header', { 8: [entry(0x8769, 4, 1, 0), entry(0x8825, 4, 1, 2)] }],
    ['the end of the block', { 8: [entry(0x8769, 4, 1, 1999), entry(0x8825, 4, 1, 0xffffffff)] }],
    ['itself as the next directory', { 8: [entry(0x0112, 3, 1, 6), entry(8, 0, 8, 8)] }],
  ])('a directory that points at %s', async (_, directories) => {
    await readWithinLimit(wrapInJpeg(buildTiff(2000, directories)), 'jpeg');
  });

  test('a directory of 65,535 entries', async () => {
    const entries = Array.from({ length: 65_535 }, () => entry(0x0112, 3, 1, 6));
    const reading = await readWithinLimit(buildTiff(800_000, { 8: entries }), 'tiff');
    expect(reading.orientation).toBe(6);
  });

  test('a HEIF box of length 0 before the metadata', async () => {
    const boxes = '\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0free\0\0\0\0meta';
    await readWithinLimit(Uint8Array.from(ascii(boxes)), 'heic');
  });

  test('a megabyte of the smallest chunks and boxes', async () => {
    const many = (head: string, unit: string) =>
      Uint8Array.from(ascii(head + unit.repeat(1e6 / unit.length)));
    await readWithinLimit(many('\x89PNG\r\n\x1a\n', '\0\0\0\0eXIf\0\0\0\0'), 'png');
    await readWithinLimit(many('RIFF\0\0\x10\0WEBP', 'EXIF\0\0\0\0'), 'webp');
    await readWithinLimit(many('\0\0\0\x10ftypheic\0\0\0\0', '\0\0\0\x08free'), 'heic');
    await readWithinLimit(many('\xff\xd8', '\xff\xe1\0\x0aExif\0\0XX'), 'jpeg');
  });
});

describe('readExif of the wrong format', () => {
  test('never throws, whatever the caller believes the bytes to be', async () => {
    const image = sharp({ create: { width: 9, height: 7, channels: 3, background: '#456' } });
    for (const written of ['jpeg', 'png', 'webp', 'tiff', 'gif'] as const) {
      const bytes = await image.toFormat(written).toBuffer();
      for (const format of FORMATS) await readWithinLimit(bytes, format);
    }
  });
});

describeWithSharedData('readExif on real files that are broken or odd', () => {
  test('photos/odd all read, within the limit', async () => {
    const names = listShared('photos/odd');
    for (const name of names) {
      const bytes = readShared(`photos/odd/${name}`);
      await readWithinLimit(bytes, identifyFormat(bytes) ?? 'jpeg');
    }
    expect(names.length).toBeGreaterThan(70);
  });

  test.each([
    ['exif-samples__DSCN0010.jpg', 'jpeg'],
    ['exiv2__Stonehenge.heic', 'heic'],
    ['metadata-extractor-images__HTC_Desire.webp', 'webp'],
    ['photoprism__example.tif', 'tiff'],
  ] as const)('%s cut off at every 64th byte', async (name, format) => {
    const photo = readShared(`photos/gps/${name}`);
    const whole = await readExif(photo, format);
    // EXIF of these files lies in the first 64 KiB or at the very end.
    const ends = Array.from({ length: 1024 }, (_, n) => n * 64);
    for (const end of [...ends, photo.length - 64, photo.length - 1]) {
      const { latitude } = await readWithinLimit(photo.subarray(0, end), format);
      expect([null, whole.latitude]).toContain(latitude);
    }
  });
});
