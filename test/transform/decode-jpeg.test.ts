import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { newPixels } from '../../src/domain/pixels.ts';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { decodeJpeg } from '../../src/transform/jpeg/decode-jpeg.ts';
import { DecoderThread } from '../../src/transform/jpeg/decoder-thread.ts';
import { planDecoding } from '../../src/transform/jpeg/plan-decoding.ts';
import { readJpegHeader } from '../../src/transform/jpeg/read-jpeg-header.ts';
import type { PreprocessInput } from '../../src/transform/preprocess-image.ts';
import { type Random, seededRandom } from '../helpers/seeded-random.ts';
import { describeWithSharedData, listShared, readShared } from '../helpers/shared-data.ts';

const MAX_PIXELS = 100_000_000;
const inputOf = (
  width: number,
  height = width,
  fit: PreprocessInput['fit'] = 'fill',
): PreprocessInput => ({ width, height, fit, kernel: 'lanczos3' });

/** What sharp makes of a file, decoded at its full size. */
async function withSharp(bytes: Uint8Array, input: PreprocessInput): Promise<Uint8Array> {
  const options = { failOn: 'truncated', limitInputPixels: false } as const;
  const full = await sharp(bytes, options).autoOrient().toColourspace('srgb').raw();
  const { data, info } = await full.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace('srgb')
    .resize(input.width, input.height, { fit: input.fit, kernel: input.kernel, background: '#000' })
    .raw()
    .toBuffer();
}

/** How far two pictures are apart, 0–255: half of their bytes, and 99 in 100, at most this much. */
function compare(a: Uint8Array, b: Uint8Array): { median: number; p99: number } {
  expect(a.length).toBe(b.length);
  const off = a.map((value, at) => Math.abs(value - (b[at] as number))).sort();
  const atShare = (share: number) => off[Math.floor((off.length - 1) * share)] as number;
  return { median: atShare(0.5), p99: atShare(0.99) };
}

/** A picture of soft colours and hard edges. */
function draw(width: number, height: number): Sharp {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x > width * 0.3 && x < width * 0.6 && y > height * 0.2 && y < height * 0.7;
      const colour = inside
        ? [200, 60, 40]
        : [(255 * x) / width, (255 * y) / height, 128 + 90 * Math.sin(x / 9) * Math.cos(y / 13)];
      pixels.set(colour, (y * width + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A JPEG with one more segment in front of all others. */
function insertSegment(jpeg: Uint8Array, marker: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

function withOrientation(jpeg: Uint8Array, orientation: number): Buffer {
  const exif = 'Exif\0\0MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0';
  const value = String.fromCharCode(orientation);
  return insertSegment(jpeg, 0xe1, Buffer.from(`${exif}${value}\0\0\0\0\0\0`, 'latin1'));
}

/** What looks like the usual profile of sRGB. */
function withSrgbProfile(jpeg: Uint8Array): Buffer {
  const content = Buffer.alloc(14 + 3144);
  content.write('ICC_PROFILE\0\u0001\u0001', 0, 'latin1');
  content.write('sRGB IEC61966-2.1', 400, 'latin1');
  return insertSegment(jpeg, 0xe2, content);
}

async function decode(bytes: Uint8Array, input: PreprocessInput): Promise<Uint8Array> {
  const decoded = await decodeJpeg(new Uint8Array(bytes), input, MAX_PIXELS);
  if (!decoded) throw new Error('Expected the decoder to take this file but it left it to sharp');
  return decoded.pixels;
}

/** Written by OpenCV 4, 163 × 117, of quality 90: samplings and restarts that sharp does not write. */
const fixture = (name: string) =>
  new Uint8Array(readFileSync(resolve('test/fixtures/jpeg', `${name}.jpg`)));

describe('pixels are those of sharp, decoded at full size', () => {
  // To a small picture, colour that is stored at half the size is of few samples, and how they are
  // enlarged shows at hard edges.
  const SIZES: [from: [number, number], to: [number, number], median: number, p99: number][] = [
    [[1, 1], [1, 1], 0, 0],
    [[2, 3], [1, 2], 1, 10],
    [[7, 9], [5, 5], 3, 16],
    [[8, 8], [8, 8], 3, 25],
    [[16, 16], [8, 8], 3, 30],
    [[17, 33], [9, 11], 2, 20],
    [[33, 17], [16, 16], 2, 25],
    [[99, 101], [8, 8], 1, 6],
    [[131, 67], [24, 24], 0, 6],
    [[250, 300], [224, 224], 0, 6],
    [[500, 230], [224, 224], 0, 4],
    [[1000, 40], [20, 20], 1, 15],
  ];

  test.each(SIZES)('of %j to %j', async ([width, height], [toWidth, toHeight], median, p99) => {
    const input = inputOf(toWidth, toHeight);
    for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
      for (const quality of [50, 90, 100]) {
        const jpeg = await draw(width, height).jpeg({ quality, chromaSubsampling }).toBuffer();
        const off = compare(await decode(jpeg, input), await withSharp(jpeg, input));
        expect(off.median).toBeLessThanOrEqual(median);
        expect(off.p99).toBeLessThanOrEqual(p99);
      }
    }
  });

  test.each(['422', '440', '420-restarts', '444-restarts'])('of %s', async (name) => {
    for (const size of [16, 40, 80]) {
      const input = inputOf(size);
      const off = compare(
        await decode(fixture(name), input),
        await withSharp(fixture(name), input),
      );
      expect(off.median).toBeLessThanOrEqual(1);
      expect(off.p99).toBeLessThanOrEqual(14);
    }
  });

  test('grey comes out in three channels that are equal', async () => {
    const jpeg = await draw(90, 70).greyscale().jpeg().toBuffer();
    const pixels = await decode(jpeg, inputOf(32));
    for (let at = 0; at < pixels.length; at += 3) {
      expect(pixels[at + 1]).toBe(pixels[at]);
      expect(pixels[at + 2]).toBe(pixels[at]);
    }
    const off = compare(pixels, await withSharp(jpeg, inputOf(32)));
    expect(off.p99).toBeLessThanOrEqual(8);
  });

  const FITS = (['fill', 'cover', 'contain'] as const).flatMap((fit) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => [fit, orientation] as const),
  );

  test.each(FITS)('that fit by %s, in orientation %i', async (fit, orientation) => {
    // Sizes of which what is cropped or added is odd.
    const image = draw(301, 160).jpeg({ chromaSubsampling: '4:4:4' });
    const jpeg = withOrientation(await image.toBuffer(), orientation);
    for (const input of [inputOf(48, 48, fit), inputOf(37, 50, fit)]) {
      const off = compare(await decode(jpeg, input), await withSharp(jpeg, input));
      expect(off.median).toBeLessThanOrEqual(1);
      expect(off.p99).toBeLessThanOrEqual(10);
    }
    const upright = orientation < 5 ? { width: 301, height: 160 } : { width: 160, height: 301 };
    expect(await decodeJpeg(jpeg, inputOf(48), MAX_PIXELS)).toMatchObject(upright);
  });

  test('the profile of sRGB changes nothing', async () => {
    const jpeg = await draw(99, 101).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer();
    const plain = await decode(jpeg, inputOf(48));
    expect(await decode(withSrgbProfile(jpeg), inputOf(48))).toEqual(plain);
  });
});

describe('is left to sharp', () => {
  const jpeg = (options: JpegOptions = {}) => draw(64, 48).jpeg(options).toBuffer();
  const cut = async (end: number) => (await jpeg()).subarray(0, end);

  test.each<[string, () => Uint8Array | Promise<Uint8Array>]>([
    ['a progressive picture', () => jpeg({ progressive: true })],
    ['CMYK', () => draw(64, 48).toColourspace('cmyk').jpeg().toBuffer()],
    ['4:1:1', () => fixture('411')],
    ['another profile', () => draw(64, 48).withIccProfile('p3').jpeg().toBuffer()],
    ['another format', () => draw(64, 48).png().toBuffer()],
    ['no bytes', () => new Uint8Array()],
    ['a picture without its end', () => cut(-2)],
    ['half a picture', () => cut(-400)],
    ['half a header', () => cut(60)],
  ])('%s', async (_, make) => {
    expect(await decodeJpeg(await make(), inputOf(8), MAX_PIXELS)).toBeNull();
  });

  test('one pixel more than allowed', async () => {
    expect(await decodeJpeg(await jpeg(), inputOf(8), 64 * 48)).not.toBeNull();
    expect(await decodeJpeg(await jpeg(), inputOf(8), 64 * 48 - 1)).toBeNull();
  });

  test('what would be enlarged, and other kernels', async () => {
    const bytes = await jpeg();
    expect(await decodeJpeg(bytes, inputOf(64, 48), MAX_PIXELS)).not.toBeNull();
    expect(await decodeJpeg(bytes, inputOf(65, 48), MAX_PIXELS)).toBeNull();
    expect(await decodeJpeg(bytes, inputOf(64, 49), MAX_PIXELS)).toBeNull();
    const cubic = { ...inputOf(8), kernel: 'cubic' } as const;
    expect(await decodeJpeg(bytes, cubic, MAX_PIXELS)).toBeNull();
  });

  test('what needs more memory than a decoder has', async () => {
    const header = readJpegHeader(await jpeg());
    expect(header && planDecoding(header, inputOf(8), 30 * 2 ** 20)).not.toBeNull();
    expect(header && planDecoding(header, inputOf(8), 32 * 2 ** 20)).toBeNull();
    const wide = header && { ...header, width: 65_500, height: 1_000 };
    expect(wide && planDecoding(wide, inputOf(900), 100_000)).toBeNull();
  });
});

describe('broken files', () => {
  const flawed = (bytes: Uint8Array, random: Random): Uint8Array => {
    const copy = new Uint8Array(bytes);
    const at = random.between(2, copy.length - 3);
    const kind = random.next();
    if (kind < 0.1) return copy.subarray(0, at);
    if (kind < 0.2)
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + random.between(1, 9))]);
    if (kind < 0.3) return Buffer.concat([copy.subarray(0, at), copy.subarray(at - 2)]);
    for (let n = random.between(1, 4); n > 0; n--) {
      copy[random.between(2, copy.length - 1)] = random.between(0, 255);
    }
    return copy;
  };

  test('of thousands damaged at random, none gives pixels where sharp refuses it', async () => {
    const random = seededRandom(20_26);
    const files = [
      ...['420-restarts', '444-restarts', '422'].map(fixture),
      await draw(70, 50).jpeg().toBuffer(),
      await draw(40, 40).jpeg({ chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer(),
      withOrientation(await draw(33, 21).greyscale().jpeg().toBuffer(), 6),
    ];
    let taken = 0;
    for (let n = 0; n < 5000; n++) {
      const bytes = flawed(random.pick(files), random);
      const decoded = await decodeJpeg(bytes, inputOf(random.pick([3, 8, 20])), 1_000_000);
      if (!decoded) continue;
      taken++;
      const { autoOrient } = await sharp(bytes).metadata();
      expect(decoded).toMatchObject({ width: autoOrient.width, height: autoOrient.height });
      await sharp(bytes, { failOn: 'truncated' }).stats();
    }
    // Damage is mostly noticed; where it only changes coefficients, both decoders show it.
    expect(taken).toBeGreaterThan(100);
  });

  test('a decoder is not put out by them: what follows comes out as ever', async () => {
    const random = seededRandom(1);
    const jpeg = await draw(99, 101).jpeg().toBuffer();
    const expected = await decode(jpeg, inputOf(48));
    for (let n = 0; n < 50; n++) {
      await decodeJpeg(flawed(jpeg, random), inputOf(48), MAX_PIXELS);
      expect(await decode(jpeg, inputOf(48))).toEqual(expected);
    }
  });
});

describe('threads', () => {
  test('many pictures at once keep their own pixels, and the bytes are left as they are', async () => {
    const files = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        draw(60 + n, 90 - n)
          .jpeg()
          .toBuffer(),
      ),
    );
    const before = files.map((file) => Buffer.from(file));
    const together = await Promise.all(files.map((file) => decode(file, inputOf(32))));
    for (const [at, file] of files.entries()) {
      expect(file).toEqual(before[at]);
      expect(together[at]).toEqual(await decode(file, inputOf(32)));
    }
  });

  test('one that does not start, or dies, gives nothing and takes no more', async () => {
    const bytes = await draw(64, 48).jpeg().toBuffer();
    const header = readJpegHeader(bytes);
    const plan = header && planDecoding(header, inputOf(8), bytes.length);
    if (!plan) throw new Error('Expected a plan');
    const thread = new DecoderThread({} as WebAssembly.Module);
    expect(await thread.decode(bytes, plan, newPixels(inputOf(8)))).toBe(false);
    expect(thread.ended).toBe(true);
    expect(await thread.decode(bytes, plan, newPixels(inputOf(8)))).toBe(false);
  });

  const runScript = async (flags: string[], script: string) => {
    const args = [...flags, '--input-type=module', '-e', script];
    return (await promisify(execFile)(process.execPath, args)).stdout;
  };
  const SCRIPT = `
    const { decodeJpeg } = await import(${JSON.stringify(resolve('src/transform/jpeg/decode-jpeg.ts'))});
    const { preprocessImage } = await import(${JSON.stringify(resolve('src/transform/preprocess-image.ts'))});
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync('test/fixtures/jpeg/422.jpg');
    const input = { width: 8, height: 8, fit: 'fill', kernel: 'lanczos3' };
    const decode = () => decodeJpeg(bytes, input, 1e6);
    const decoded = await Promise.all([decode(), decode(), decode(), decode()]);
    const outcome = await preprocessImage(bytes, input);
    console.log(decoded.map((one) => one?.pixels.length ?? 'none').join(), outcome.pixels?.length);`;

  test('an idle one keeps no process alive', async () => {
    expect(await runScript([], SCRIPT)).toBe('192,192,192,192 192\n');
  });

  test('where none may be started, sharp decodes every photo', async () => {
    const flags = ['--permission', '--allow-fs-read=*', '--allow-addons'];
    expect(await runScript(flags, SCRIPT)).toBe('none,none,none,none 192\n');
  });
});

describeWithSharedData('real photos', () => {
  test('those that are taken look as sharp shows them; most are taken', async () => {
    const input = inputOf(224);
    const offs: { median: number; p99: number }[] = [];
    let large = 0;
    for (const folder of ['animals', 'cameratrap', 'gps']) {
      for (const name of listShared(`photos/${folder}`)) {
        const bytes = readShared(`photos/${folder}/${name}`);
        const header = readJpegHeader(bytes);
        if (identifyFormat(bytes) !== 'jpeg') continue;
        if (!header || Math.min(header.width, header.height) >= 224) large++;
        const decoded = await decodeJpeg(bytes, input, MAX_PIXELS);
        if (decoded) offs.push(compare(decoded.pixels, await withSharp(bytes, input)));
      }
    }
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
    const medians = offs.map(({ median }) => median);
    const p99s = offs.map(({ p99 }) => p99);
    console.info(
      `${offs.length} of ${large} real photos are decoded here; half of the bytes are off by at most ` +
        `${Math.max(...medians)} in every photo, 99 in 100 by ${middle(p99s)} in most, ` +
        `${Math.max(...p99s)} in the worst`,
    );
    expect(offs.length).toBeGreaterThan(large / 2);
    expect(Math.max(...medians)).toBeLessThanOrEqual(2);
    expect(middle(p99s)).toBeLessThanOrEqual(5);
    expect(Math.max(...p99s)).toBeLessThanOrEqual(20);
  });
});
