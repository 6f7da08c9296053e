import { afterAll, describe, expect, test } from 'vitest';
import { closeHeicDecoder, decodeHeic } from '../../src/transform/decode-heic.ts';
import { isTruncatedHeic } from '../../src/transform/is-truncated-heic.ts';
import { describeWithSharedData, readShared } from '../helpers/shared-data.ts';

const MAX_PIXELS = 100_000_000;
const SMALL = 'photos/gps/exiv2__Stonehenge.heic';
const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

afterAll(closeHeicDecoder);

function meanColour(data: Uint8Array): number[] {
  const sums = [0, 0, 0, 0];
  for (let n = 0; n < data.length; n++) sums[n % 4] = (sums[n % 4] ?? 0) + (data[n] ?? 0);
  return sums.map((sum) => sum / (data.length / 4));
}

/** Bytes from the last tile: a decoder that gave up halfway leaves one colour there. */
function countColours(data: Uint8Array): number {
  const tail = data.subarray(-400_000);
  const pixels = new Uint32Array(tail.buffer.slice(tail.byteOffset, tail.byteOffset + tail.length));
  return new Set(pixels).size;
}

describe('decodeHeic refuses what is no HEIC', () => {
  test.each([
    ['nothing', ascii('')],
    ['three bytes', ascii('\0\0\0')],
    ['a JPEG', ascii('\xff\xd8\xff\xe0\0\x10JFIF')],
    ['a head alone', ascii('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
    ['a head and noise', ascii(`\0\0\0\x18ftypheic\0\0\0\0mif1heic${'noise'.repeat(99)}`)],
  ])('%s', async (_, bytes) => {
    await expect(decodeHeic(bytes, MAX_PIXELS)).rejects.toMatchObject({
      name: 'HeicError',
      code: 'IMAGE_CORRUPT',
    });
  });
});

describe('isTruncatedHeic', () => {
  test.each([
    ['whole boxes', '\0\0\0\x08ftyp\0\0\0\x0amdatab', false],
    ['a box cut off', '\0\0\0\x08ftyp\0\0\0\x0amdata', true],
    ['a 64-bit size', '\0\0\0\x01mdat\0\0\0\0\0\0\0\x12ab', false],
    ['a 64-bit size cut off', '\0\0\0\x01mdat\0\0\0\0\0\0\0\x13ab', true],
    ['a 64-bit size that is itself cut off', '\0\0\0\x01mdat\0\0', true],
    ['a box to the end of the file', '\0\0\0\x08ftyp\0\0\0\0mdatab', false],
    ['what a camera appended', '\0\0\0\x08ftyp\xff\xff\xff\xffSEFT', false],
    ['a few stray bytes', '\0\0\0\x08ftyp\0\0\0', false],
    ['nothing', '', false],
  ])('%s', (_, text, expected) => {
    expect(isTruncatedHeic(ascii(text))).toBe(expected);
  });
});

describeWithSharedData('decodeHeic on real files', () => {
  test.each([
    ['exiv2__Stonehenge.heic', 300, 200],
    ['exif-samples__IMG_5195.HEIC', 2566, 3313],
    ['photoprism__iphone_15_pro.heic', 3024, 4032],
    ['photoprism__iphone_7.heic', 4032, 3024],
    ['metadata-extractor-images__Issue_263_dotnet.heic', 3024, 4032],
    ['metadata-extractor-images__exif-at-eof.heic', 3024, 4032],
    ['test-assets__IMG_2682.heic', 4032, 3024],
    ['exifr__heic-maybebroken.HEIC', 4032, 3024],
  ])(
    '%s gives all its pixels, upright, %i × %i',
    { timeout: 20_000 },
    async (name, width, height) => {
      const image = await decodeHeic(readShared(`photos/gps/${name}`), MAX_PIXELS);
      expect([image.width, image.height, image.data.length]).toEqual([
        width,
        height,
        width * height * 4,
      ]);
      const [red = 0, , , alpha] = meanColour(image.data);
      expect(alpha).toBe(255);
      expect(red).toBeGreaterThan(10);
      expect(red).toBeLessThan(245);
      expect(countColours(image.data)).toBeGreaterThan(200);
    },
  );

  test('refuses more pixels than allowed, and takes just as many', async () => {
    const bytes = readShared(SMALL);
    await expect(decodeHeic(bytes, 59_999)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect((await decodeHeic(bytes, 60_000)).width).toBe(300);
  });

  test('a file cut off anywhere is refused, though libheif would fill it up', async () => {
    const bytes = readShared('photos/gps/photoprism__iphone_7.heic');
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      await expect(decodeHeic(cut, MAX_PIXELS)).rejects.toMatchObject({ code: 'IMAGE_TRUNCATED' });
    }
    const withoutPixels = bytes.subarray(0, 3274); // all of `meta`, nothing of `mdat`
    await expect(decodeHeic(withoutPixels, MAX_PIXELS)).rejects.toMatchObject({
      code: 'IMAGE_CORRUPT',
    });
  });

  test('leaves the bytes as they are, also when they are part of a larger buffer', async () => {
    const bytes = readShared(SMALL);
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 10);
    const view = larger.subarray(10, 10 + bytes.length);
    expect((await decodeHeic(view, MAX_PIXELS)).data).toEqual(
      (await decodeHeic(bytes, MAX_PIXELS)).data,
    );
    expect(view).toEqual(bytes);
  });

  test('answers calls in their order, each with its own picture, broken ones between', async () => {
    const bytes = readShared(SMALL);
    const calls = [bytes, ascii('broken'), bytes, bytes.subarray(0, 9000), bytes];
    const answers = await Promise.allSettled(calls.map((call) => decodeHeic(call, MAX_PIXELS)));
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  test('leaves the event loop free while it decodes', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await decodeHeic(readShared('photos/gps/photoprism__iphone_7.heic'), MAX_PIXELS);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(20);
  });

  test('closing rejects the decode in hand as no fault of the picture, and the next call starts anew', async () => {
    const decoding = decodeHeic(readShared('photos/gps/photoprism__iphone_7.heic'), MAX_PIXELS);
    const outcome = expect(decoding).rejects.not.toHaveProperty('code');
    await new Promise((resolve) => setTimeout(resolve, 150));
    await closeHeicDecoder();
    await outcome;
    expect((await decodeHeic(readShared(SMALL), MAX_PIXELS)).height).toBe(200);
  });
});
