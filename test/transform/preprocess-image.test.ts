import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { Outcome, RejectCode } from '../../src/domain/outcome.ts';
import type { ImageFormat } from '../../src/domain/photo.ts';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { closeHeicDecoder } from '../../src/transform/decode-heic.ts';
import {
  type PreprocessedImage,
  type PreprocessInput,
  preprocessImage,
} from '../../src/transform/preprocess-image.ts';
import { describeWithSharedData, listShared, readShared } from '../helpers/shared-data.ts';

type Colour = readonly [red: number, green: number, blue: number];

const RED: Colour = [255, 0, 0];
const GREEN: Colour = [0, 255, 0];
const BLUE: Colour = [0, 0, 255];
const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];

const SQUARE: PreprocessInput = { width: 8, height: 8, fit: 'fill', kernel: 'lanczos3' };

afterAll(closeHeicDecoder);

/** A picture whose pixel at (x, y) has the colour given. */
function draw(width: number, height: number, colourAt: (x: number, y: number) => Colour): Sharp {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set(colourAt(x, y), (y * width + x) * 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

const plain = (colour: Colour, width = 32, height = 32) => draw(width, height, () => colour);

async function preprocess(
  bytes: Uint8Array,
  format: ImageFormat,
  input: PreprocessInput = SQUARE,
): Promise<PreprocessedImage> {
  const outcome = await preprocessImage(bytes, input, format);
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome;
}

const png = async (image: Sharp, input: PreprocessInput = SQUARE) =>
  preprocess(await image.png().toBuffer(), 'png', input);

/** The colour at (x, y) of a prepared picture, at the nearest corner of the cube of colours. */
function cornerAt({ pixels }: PreprocessedImage, x: number, y: number, width = 8): Colour {
  const at = (y * width + x) * 3;
  const corner = (channel: number) => ((pixels[at + channel] as number) < 128 ? 0 : 255);
  return [corner(0), corner(1), corner(2)];
}

/** Mean distance of two prepared pictures, 0–255. */
function distance(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] as number)), 0) / a.length;
}

function meanColour(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let at = 0; at < pixels.length; at++) sums[at % 3] = (sums[at % 3] ?? 0) + (pixels[at] ?? 0);
  return sums.map((sum) => sum / (pixels.length / 3));
}

function expectPlain(image: PreprocessedImage, colour: Colour, tolerance = 1): void {
  for (let at = 0; at < image.pixels.length; at++) {
    const expected = colour[at % 3] as number;
    expect(Math.abs((image.pixels[at] as number) - expected)).toBeLessThanOrEqual(tolerance);
  }
}

describe('fit', () => {
  const leftRedRightBlue = (width: number, height: number) =>
    draw(width, height, (x) => (x < width / 2 ? RED : BLUE));

  test('fill squeezes the whole picture: its left half stays the left half', async () => {
    const image = await png(leftRedRightBlue(40, 16));
    for (let y = 0; y < 8; y++) {
      expect([0, 1, 2, 3].map((x) => cornerAt(image, x, y))).toEqual([RED, RED, RED, RED]);
      expect([4, 5, 6, 7].map((x) => cornerAt(image, x, y))).toEqual([BLUE, BLUE, BLUE, BLUE]);
    }
    expect(image).toMatchObject({ width: 40, height: 16 });
  });

  test('cover keeps the middle and crops what is over at both ends', async () => {
    const stripes = [GREEN, RED, BLUE, GREEN];
    const wide = draw(64, 32, (x) => stripes[Math.floor(x / 16)] as Colour);
    const tall = draw(32, 64, (_, y) => stripes[Math.floor(y / 16)] as Colour);
    const input: PreprocessInput = { ...SQUARE, fit: 'cover', kernel: 'nearest' };
    const [fromWide, fromTall] = [await png(wide, input), await png(tall, input)];
    for (let n = 0; n < 8; n++) {
      expect(cornerAt(fromWide, n, 5)).toEqual(n < 4 ? RED : BLUE);
      expect(cornerAt(fromTall, 5, n)).toEqual(n < 4 ? RED : BLUE);
    }
  });

  test('contain keeps the whole picture and adds black bars of the same width on both sides', async () => {
    const input: PreprocessInput = { ...SQUARE, fit: 'contain', kernel: 'nearest' };
    const fromWide = await png(plain(WHITE, 32, 16), input);
    const fromTall = await png(plain(WHITE, 16, 32), input);
    for (let n = 0; n < 8; n++) {
      const expected = n < 2 || n > 5 ? BLACK : WHITE;
      expect(cornerAt(fromWide, 3, n)).toEqual(expected);
      expect(cornerAt(fromTall, n, 3)).toEqual(expected);
    }
  });

  test('the kernel is the one asked for: nearest invents no colours, lanczos3 does', async () => {
    const chequers = draw(33, 33, (x, y) => (((x >> 2) + (y >> 2)) % 2 ? WHITE : BLACK));
    const colours = async (kernel: PreprocessInput['kernel']) =>
      new Set((await png(chequers, { ...SQUARE, kernel })).pixels);
    expect([...(await colours('nearest'))].sort()).toEqual([0, 255]);
    expect((await colours('lanczos3')).size).toBeGreaterThan(2);
  });

  test('gives width × height × 3 bytes of the same colour, whatever the sizes', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    const shape = fc.record({
      from: fc.tuple(size, size),
      width: size,
      height: size,
      fit: fc.constantFrom('fill' as const, 'cover' as const),
      kernel: fc.constantFrom('nearest' as const, 'linear' as const, 'lanczos3' as const),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ from: [width, height], ...input }) => {
        const image = await png(plain([200, 100, 50], width, height), input);
        expect(image.pixels.length).toBe(input.width * input.height * 3);
        expect(image).toMatchObject({ width, height });
        expectPlain(image, [200, 100, 50]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('orientation', () => {
  // The stored quadrants are red, green / blue, white; here as a person sees them.
  const SEEN: Record<number, readonly [Colour, Colour, Colour, Colour]> = {
    1: [RED, GREEN, BLUE, WHITE],
    2: [GREEN, RED, WHITE, BLUE],
    3: [WHITE, BLUE, GREEN, RED],
    4: [BLUE, WHITE, RED, GREEN],
    5: [RED, BLUE, GREEN, WHITE],
    6: [BLUE, RED, WHITE, GREEN],
    7: [WHITE, GREEN, BLUE, RED],
    8: [GREEN, WHITE, RED, BLUE],
  };

  test.each(Object.entries(SEEN))(
    '%s comes out upright, with its size as seen',
    async (tag, seen) => {
      const quadrants = draw(48, 32, (x, y) =>
        y < 16 ? (x < 24 ? RED : GREEN) : x < 24 ? BLUE : WHITE,
      );
      const orientation = Number(tag);
      const jpeg = quadrants
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
        .withMetadata({ orientation });
      const image = await preprocess(await jpeg.toBuffer(), 'jpeg');
      const corners = [
        [1, 1],
        [6, 1],
        [1, 6],
        [6, 6],
      ].map(([x, y]) => cornerAt(image, x as number, y as number));
      expect(corners).toEqual(seen);
      const [width, height] = orientation < 5 ? [48, 32] : [32, 48];
      expect(image).toMatchObject({ width, height });
    },
  );
});

describe('colour', () => {
  const ORANGE: Colour = [255, 128, 64];
  const orange = plain(ORANGE);
  const alpha = (value: number) =>
    sharp({
      create: {
        width: 32,
        height: 32,
        channels: 4,
        background: { r: 255, g: 128, b: 64, alpha: value },
      },
    });

  test.each<[string, ImageFormat, () => Promise<Uint8Array>, Colour, number]>([
    ['PNG', 'png', () => orange.clone().png().toBuffer(), ORANGE, 0],
    [
      'PNG of 16 bits',
      'png',
      () => orange.clone().toColourspace('rgb16').png().toBuffer(),
      ORANGE,
      0,
    ],
    [
      'PNG with a palette',
      'png',
      () => orange.clone().png({ palette: true }).toBuffer(),
      ORANGE,
      1,
    ],
    ['JPEG', 'jpeg', () => orange.clone().jpeg().toBuffer(), ORANGE, 3],
    ['CMYK JPEG', 'jpeg', () => orange.clone().toColourspace('cmyk').jpeg().toBuffer(), ORANGE, 30],
    ['WebP', 'webp', () => orange.clone().webp({ lossless: true }).toBuffer(), ORANGE, 0],
    ['AVIF', 'avif', () => orange.clone().avif().toBuffer(), ORANGE, 5],
    ['GIF', 'gif', () => orange.clone().gif().toBuffer(), ORANGE, 1],
    ['TIFF', 'tiff', () => orange.clone().tiff({ compression: 'lzw' }).toBuffer(), ORANGE, 0],
    [
      'TIFF of 16 bits',
      'tiff',
      () => orange.clone().toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(),
      ORANGE,
      0,
    ],
    [
      'TIFF of floats',
      'tiff',
      () => orange.clone().toColourspace('scrgb').tiff({ compression: 'none' }).toBuffer(),
      ORANGE,
      1,
    ],
    [
      'CIELAB TIFF',
      'tiff',
      () => orange.clone().toColourspace('lab').tiff({ compression: 'lzw' }).toBuffer(),
      ORANGE,
      2,
    ],
    [
      'PNG in Display P3',
      'png',
      () => orange.clone().withIccProfile('p3').png().toBuffer(),
      ORANGE,
      2,
    ],
    [
      'grey PNG',
      'png',
      () => plain([128, 128, 128]).greyscale().png().toBuffer(),
      [128, 128, 128],
      0,
    ],
    [
      'grey PNG of 16 bits',
      'png',
      () => plain([128, 128, 128]).toColourspace('grey16').png().toBuffer(),
      [128, 128, 128],
      0,
    ],
    [
      'grey JPEG',
      'jpeg',
      () => plain([128, 128, 128]).greyscale().jpeg().toBuffer(),
      [128, 128, 128],
      1,
    ],
    [
      'black and white PNG of 1 bit',
      'png',
      () => plain(WHITE).png({ palette: true, colours: 2 }).toBuffer(),
      WHITE,
      0,
    ],
    ['PNG that is half transparent', 'png', () => alpha(0.5).png().toBuffer(), ORANGE, 1],
    ['PNG that is all transparent', 'png', () => alpha(0).png().toBuffer(), BLACK, 0],
  ])(
    'a plain %s comes out as that colour, in three channels',
    async (_, format, make, colour, tolerance) => {
      const bytes = new Uint8Array(await make());
      expect(identifyFormat(bytes)).toBe(format);
      const image = await preprocess(bytes, format);
      expect(image.pixels.length).toBe(8 * 8 * 3);
      expectPlain(image, colour, tolerance);
    },
  );

  test.each(['gif', 'webp'] as const)(
    'of an animated %s only the first frame is seen',
    async (format) => {
      const frames = await Promise.all([RED, BLUE, GREEN].map((c) => plain(c).png().toBuffer()));
      const animation = sharp(frames, { join: { animated: true } });
      const bytes = await (format === 'gif'
        ? animation.gif()
        : animation.webp({ lossless: true })
      ).toBuffer();
      const image = await preprocess(new Uint8Array(bytes), format);
      expectPlain(image, RED, 1);
      expect(image).toMatchObject({ width: 32, height: 32 });
    },
  );
});

describe('what cannot be prepared is a fault, not an exception', () => {
  /** Noise does not compress: wherever such a file is cut, pixels are missing. */
  const noise = draw(64, 64, (x, y) => {
    const n = Math.imul(x * 64 + y + 1, 0x9e3779b1) >>> 0;
    return [n & 255, (n >>> 8) & 255, (n >>> 16) & 255];
  });

  test.each<[ImageFormat, () => Promise<Uint8Array>]>([
    ['jpeg', () => noise.clone().jpeg().toBuffer()],
    ['jpeg', () => noise.clone().jpeg({ progressive: true }).toBuffer()],
    ['png', () => noise.clone().png().toBuffer()],
    ['png', () => noise.clone().png({ progressive: true }).toBuffer()],
    ['webp', () => noise.clone().webp().toBuffer()],
    ['avif', () => noise.clone().avif().toBuffer()],
  ])('a %s cut off anywhere is IMAGE_TRUNCATED', async (format, make) => {
    const bytes = new Uint8Array(await make());
    for (const share of [0.1, 0.3, 0.6, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      expect(await preprocessImage(cut, SQUARE, format)).toMatchObject({
        ok: false,
        stage: 'transform',
        code: 'IMAGE_TRUNCATED',
      });
    }
  });

  test('a GIF or TIFF cut off is refused, one way or the other', async () => {
    const files = [
      ['gif', await noise.clone().gif().toBuffer()],
      ['tiff', await noise.clone().tiff({ compression: 'lzw' }).toBuffer()],
    ] as const;
    for (const [format, bytes] of files) {
      for (const share of [0.1, 0.5, 0.9]) {
        const cut = new Uint8Array(bytes.subarray(0, Math.floor(bytes.length * share)));
        const outcome = await preprocessImage(cut, SQUARE, format);
        expect(outcome.ok ? 'ok' : outcome.code).toMatch(/IMAGE_(TRUNCATED|CORRUPT)/);
      }
    }
  });

  test('a JPEG that only breaks the rules, with stray bytes between two segments, is read', async () => {
    const bytes = await plain(RED).jpeg().toBuffer();
    const afterStart = 2 + 2 + bytes.readUInt16BE(4);
    const stray = Buffer.from('stray bytes');
    const odd = Buffer.concat([bytes.subarray(0, afterStart), stray, bytes.subarray(afterStart)]);
    expectPlain(await preprocess(new Uint8Array(odd), 'jpeg'), RED, 3);
  });

  test('a PNG whose pixels were damaged in place is IMAGE_CORRUPT, not IMAGE_TRUNCATED', async () => {
    const bytes = new Uint8Array(await noise.clone().png().toBuffer());
    bytes.fill(0xaa, bytes.length >> 1, (bytes.length >> 1) + 64);
    expect(await preprocessImage(bytes, SQUARE, 'png')).toMatchObject({ code: 'IMAGE_CORRUPT' });
  });

  test.each<ImageFormat>(['jpeg', 'png', 'webp', 'tiff', 'avif', 'gif', 'heic'])(
    'no bytes, or noise, said to be %s is refused without throwing',
    async (format) => {
      const texts = [
        '',
        '\0',
        'no picture at all',
        '\xff\xd8\xff\xe1\xff\xff',
        'II*\0\xff\xff\xff\xff',
      ];
      for (const text of texts) {
        const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
        const outcome = await preprocessImage(bytes, SQUARE, format);
        expect(outcome.ok ? 'ok' : outcome.code).toMatch(/IMAGE_(TRUNCATED|CORRUPT)/);
      }
    },
  );

  test.each<ImageFormat>(['jxl', 'raw'])(
    '%s is FORMAT_UNSUPPORTED, and the message says what to do',
    async (format) => {
      const outcome = await preprocessImage(new Uint8Array(100), SQUARE, format);
      expect(outcome).toMatchObject({ ok: false, stage: 'transform', code: 'FORMAT_UNSUPPORTED' });
      expect(outcome).toMatchObject({ message: expect.stringContaining('convert it') });
    },
  );

  test('one pixel more than maxImagePixels is IMAGE_TOO_LARGE, just as many are not', async () => {
    const bytes = await plain(RED, 40, 25).png().toBuffer();
    const limited = (maxImagePixels: number) =>
      preprocessImage(bytes, SQUARE, 'png', { maxImagePixels });
    expect(await limited(1000)).toMatchObject({ ok: true });
    expect(await limited(999)).toMatchObject({ ok: false, code: 'IMAGE_TOO_LARGE' });
    expect(await limited(999)).toMatchObject({ message: expect.stringMatching(/999.*40 × 25/) });
  });

  test('the bytes are left as they are, also when they are part of a larger buffer', async () => {
    const bytes = new Uint8Array(await plain(RED).png().toBuffer());
    const larger = new Uint8Array(bytes.length + 20).fill(7);
    larger.set(bytes, 10);
    expectPlain(await preprocess(larger.subarray(10, 10 + bytes.length), 'png'), RED, 0);
    expect(larger.subarray(10, 10 + bytes.length)).toEqual(bytes);
  });
});

/** Every file of `photos/odd`: the code it is refused with, or its size as a person sees it. */
const ODD: Record<string, RejectCode | 'no format' | readonly [width: number, height: number]> = {
  'cameratrapai__african_elephants_bw.jpg': [2048, 1536],
  'cameratrapai__african_elephants_cmyk.jpg': [2048, 1536],
  'cameratrapai__african_elephants_truncated_file.jpg': 'IMAGE_TRUNCATED',
  'cameratrapai__african_elephants_with_exif_orientation.jpg': [2048, 1536],
  'exif-samples__30-type_error.jpg': [3872, 2403],
  'exif-samples__33-type_error.jpg': [2560, 1600],
  'exif-samples__35-empty.jpg': [2164, 1626],
  'exif-samples__45-gps_ifd.jpg': [1600, 900],
  'exif-samples__corrupted.jpg': 'IMAGE_CORRUPT',
  'exif-samples__image00971.jpg': [636, 227],
  'exif-samples__image01713.jpg': [49, 500],
  'exif-samples__image02206.jpg': [65, 65],
  'exif-samples__long_description.jpg': [100, 73],
  'exif-samples__no_exif.jpg': [322, 466],
  'exifr__IMG_20180725_163423-micro.avif': [101, 76],
  'exifr__RangeError_Invalid_typed_array_length.jpg': [60, 42],
  'exifr__RangeError_Offset_outside_bounds.jpg': [100, 63],
  'exifr__broken1.jpg': [600, 900],
  'exifr__cookiezen.jpg': [1680, 945],
  'exifr__f1t.jpg': [48, 80],
  'exifr__f3t.jpg': [48, 80],
  'exifr__f4t.jpg': [48, 80],
  'exifr__f5t.jpg': [48, 80],
  'exifr__f6t.jpg': [48, 80],
  'exifr__f7t.jpg': [48, 80],
  'exifr__f8t.jpg': [48, 80],
  'exifr__heic-empty.heic': [3992, 2992],
  'exifr__tif-with-iptc-icc-xmp.tif': [35, 23],
  'photoprism__empty.jpg': 'no format',
  'photoprism__example.gif': [100, 67],
  'photoprism__fox.profile0.8bpc.yuv420.avif': [1204, 800],
  'photoprism__purple.tiff': [100, 100],
  'sharp__16-bit-grey-alpha.png': [109, 96],
  'sharp__2569067123_aca715a2ee_o.jpg': [2725, 2225],
  'sharp__320x240.jpg': [320, 240],
  'sharp__Crash_test.gif': [800, 533],
  'sharp__Flag_of_the_Netherlands-16bit.png': [900, 600],
  'sharp__Flag_of_the_Netherlands-alpha.png': [900, 600],
  'sharp__Landscape_1.jpg': [600, 450],
  'sharp__Landscape_3.jpg': [600, 450],
  'sharp__Landscape_4.jpg': [600, 450],
  'sharp__Landscape_5.jpg': [600, 450],
  'sharp__Landscape_6.jpg': [600, 450],
  'sharp__Landscape_7.jpg': [600, 450],
  'sharp__Landscape_8.jpg': [600, 450],
  'sharp__Portrait_1.jpg': [450, 600],
  'sharp__Portrait_2.jpg': [450, 600],
  'sharp__Portrait_5.jpg': [450, 600],
  'sharp__Portrait_6.jpg': [450, 600],
  'sharp__Portrait_8.jpg': [450, 600],
  'sharp__animated-loop-3.gif': [370, 285],
  'sharp__animated-loop-3.webp': [370, 285],
  'sharp__bggn4a16.png': [32, 32],
  'sharp__big-height.webp': [13, 169],
  'sharp__cielab-dagams.tiff': [400, 266],
  // 1,024 bytes, of which its first segment alone claims 9,544.
  'sharp__corrupt-header.jpg': 'IMAGE_TRUNCATED',
  'sharp__full-transparent.png': [300, 300],
  'sharp__gain-map.jpg': [3840, 2160],
  'sharp__gamma_dalai_lama_gray.jpg': [258, 222],
  'sharp__giant-image.jpg': 'IMAGE_TOO_LARGE',
  'sharp__grey-8bit-alpha.png': [400, 300],
  'sharp__grey-plus-alpha.gif': [2, 1],
  'sharp__p3.png': [8, 8],
  'sharp__pitm.avif': [4096, 800],
  'sharp__prophoto.png': [1, 1],
  'sharp__random.jpg': [200, 200],
  'sharp__rotating-squares.webp': [80, 80],
  'sharp__tbgn2c16.png': [32, 32],
  'sharp__testimgl.jpg': [227, 149],
  'sharp__truncated.jpg': 'IMAGE_TRUNCATED',
  'sharp__truncated.png': 'IMAGE_TRUNCATED',
  'test-assets__8bit-sRGB.avif': [1617, 1080],
  'test-assets__8bit-sRGB.jxl': 'FORMAT_UNSUPPORTED',
  'test-assets__portrait-orientation-6.jpg': [840, 700],
};

/** Pictures that are all black: transparent throughout, or drawn in the alpha channel alone. */
const BLACK_PICTURES = new Set(['sharp__16-bit-grey-alpha.png', 'sharp__full-transparent.png']);

describeWithSharedData('real pictures, most of them odd', () => {
  const THUMBNAIL: PreprocessInput = { width: 60, height: 60, fit: 'fill', kernel: 'lanczos3' };

  const prepareOdd = async (name: string) => {
    const bytes = readShared(`photos/odd/${name}`);
    const format = identifyFormat(bytes);
    return format && preprocessImage(bytes, THUMBNAIL, format);
  };
  /** libvips keeps its texts in a buffer that all pictures share: others' may be among them. */
  const withoutMessage = (outcome: Outcome<PreprocessedImage> | null | undefined) =>
    outcome?.ok === false ? outcome.code : outcome;
  const pixelsOf = async (path: string) => {
    const bytes = readShared(`photos/${path}`);
    return (await preprocess(bytes, identifyFormat(bytes) ?? 'jpeg', THUMBNAIL)).pixels;
  };

  test('the table names every file', () => {
    expect(Object.keys(ODD).sort()).toEqual(listShared('photos/odd'));
  });

  test.each(Object.entries(ODD))('%s: %j', async (name, expected) => {
    const outcome = await prepareOdd(name);
    if (typeof expected === 'string') {
      expect(outcome === null ? 'no format' : !outcome.ok && outcome.code).toBe(expected);
      return;
    }
    const [width, height] = expected;
    expect(outcome).toMatchObject({ ok: true, width, height });
    if (!outcome?.ok) return;
    expect(outcome.pixels.length).toBe(60 * 60 * 3);
    const mean = meanColour(outcome.pixels).reduce((sum, value) => sum + value, 0) / 3;
    if (BLACK_PICTURES.has(name)) expect(mean).toBe(0);
    else expect(mean).toBeGreaterThan(25);
  });

  test('decoded all at once, each keeps its own outcome and its own pixels', async () => {
    const names = Object.keys(ODD).filter((name) => !name.endsWith('.heic'));
    const together = await Promise.all([...names, ...names].map(prepareOdd));
    for (const [at, name] of names.entries()) {
      const alone = withoutMessage(await prepareOdd(name));
      expect(withoutMessage(together[at])).toEqual(alone);
      expect(withoutMessage(together[at + names.length])).toEqual(alone);
    }
  });

  test.each([
    ['sharp__Landscape_', [3, 4, 5, 6, 7, 8], 10],
    ['sharp__Portrait_', [2, 5, 6, 8], 10],
    ['exifr__f', [3, 4, 5, 6, 7, 8], 12],
  ] as const)(
    '%sN.jpg show the same upright picture, whatever way they are stored',
    async (name, orientations, tolerance) => {
      const ending = name === 'exifr__f' ? 't.jpg' : '.jpg';
      const upright = await pixelsOf(`odd/${name}1${ending}`);
      const upsideDown = Uint8Array.from(upright).reverse();
      expect(distance(upright, upsideDown)).toBeGreaterThan(3 * tolerance);
      for (const orientation of orientations) {
        const pixels = await pixelsOf(`odd/${name}${orientation}${ending}`);
        expect(distance(upright, pixels)).toBeLessThan(tolerance);
      }
    },
  );

  test.each([
    ['an EXIF orientation', 'odd/cameratrapai__african_elephants_with_exif_orientation.jpg', 3],
    ['CMYK', 'odd/cameratrapai__african_elephants_cmyk.jpg', 20],
    ['grey', 'odd/cameratrapai__african_elephants_bw.jpg', 20],
  ])('the elephants stay the same picture with %s', async (_, path, tolerance) => {
    const original = await pixelsOf('cameratrap/cameratrapai__african_elephants.jpg');
    expect(distance(original, await pixelsOf(path))).toBeLessThan(tolerance);
  });

  test('a grey picture has three channels that are equal', async () => {
    const pixels = await pixelsOf('odd/cameratrapai__african_elephants_bw.jpg');
    for (let at = 0; at < pixels.length; at += 3) {
      expect(pixels[at + 1]).toBe(pixels[at]);
      expect(pixels[at + 2]).toBe(pixels[at]);
    }
  });

  test.each([
    [
      'the flag with 16 bits',
      'Flag_of_the_Netherlands-16bit.png',
      'Flag_of_the_Netherlands-alpha.png',
    ],
    ['the animation as GIF', 'animated-loop-3.gif', 'animated-loop-3.webp'],
  ])('%s is the same picture as its twin', async (_, one, other) => {
    const [a, b] = [await pixelsOf(`odd/sharp__${one}`), await pixelsOf(`odd/sharp__${other}`)];
    expect(distance(a, b)).toBeLessThan(3);
  });

  test('a HEIC comes out in colour, of the size it is seen in, and not rotated a second time', async () => {
    const bytes = readShared('photos/gps/exiv2__Stonehenge.heic');
    const image = await preprocess(bytes, 'heic', THUMBNAIL);
    expect(image).toMatchObject({ width: 300, height: 200 });
    expect(new Set(image.pixels).size).toBeGreaterThan(100);
    const limits = { maxImagePixels: 300 * 200 - 1 };
    const refused = await preprocessImage(bytes, THUMBNAIL, 'heic', limits);
    expect(refused).toMatchObject({ ok: false, code: 'IMAGE_TOO_LARGE' });
    const cut = bytes.subarray(0, bytes.length >> 1);
    const truncated = await preprocessImage(cut, THUMBNAIL, 'heic');
    expect(truncated).toMatchObject({ ok: false, code: 'IMAGE_TRUNCATED' });
  });
});
