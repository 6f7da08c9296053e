import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../domain/errors.ts';
import type { ModelInput } from '../domain/model.ts';
import { type Fault, fault, type Outcome } from '../domain/outcome.ts';
import type { ImageFormat } from '../domain/photo.ts';
import { decodeHeic, HeicError } from './decode-heic.ts';
import { isTruncated } from './is-truncated.ts';
import { decodeJpeg } from './jpeg/decode-jpeg.ts';

/** Bounds on what a photo may ask of the machine. */
export interface PixelLimits {
  /** Width × height above which a picture is refused before it is decoded. Default 100 million. */
  readonly maxImagePixels: number;
}

/** A picture ready for the model. */
export interface PreprocessedImage {
  /** `[input.height, input.width, 3]` RGB, 0–255, row by row. */
  readonly pixels: Uint8Array;
  /** Size of the photo as a person sees it, after its orientation was applied. */
  readonly width: number;
  readonly height: number;
}

/** How the model wants its pictures. */
export type PreprocessInput = Pick<ModelInput, 'width' | 'height' | 'fit' | 'kernel'>;

const DEFAULT_LIMITS: PixelLimits = { maxImagePixels: 100_000_000 };

// Decoded pixels are used once; libvips' own cache would only hold memory, and its threads would
// compete with the inference workers: parallelism comes from decoding several photos at a time.
sharp.cache(false);
sharp.concurrency(1);

/**
 * Decodes a photo and prepares it as the model's manifest says: orientation applied, sRGB, alpha
 * dropped, resized. The only place where pixels are prepared: training, the batch and any later
 * single request go through here. Of an animation, the first frame.
 */
export async function preprocessImage(
  bytes: Uint8Array,
  input: PreprocessInput,
  format: ImageFormat = 'jpeg',
  limits: PixelLimits = DEFAULT_LIMITS,
): Promise<Outcome<PreprocessedImage>> {
  if (format === 'jxl' || format === 'raw') {
    return fault(
      'FORMAT_UNSUPPORTED',
      `Expected JPEG, PNG, WebP, TIFF, AVIF, GIF or HEIC but received ${FORMAT_NAMES[format]}; convert it`,
    );
  }
  const decoded = format === 'jpeg' && (await decodeJpeg(bytes, input, limits.maxImagePixels));
  if (decoded) return { ok: true, ...decoded };
  try {
    const image = format === 'heic' ? await openHeic(bytes, limits) : open(bytes);
    const { width, height } = (await image.metadata()).autoOrient;
    if (width * height > limits.maxImagePixels) return tooLarge(width, height, limits);
    return { ok: true, pixels: await resize(image, input), width, height };
  } catch (error) {
    // The HEIC decoder failing to start is the run's fault; sharp only ever fails for the picture.
    if (format === 'heic' && !(error instanceof HeicError)) throw error;
    return judge(error, bytes, format);
  }
}

const FORMAT_NAMES = { jxl: 'JPEG XL', raw: 'a camera RAW file' } as const;

function open(bytes: Uint8Array): Sharp {
  // `truncated` refuses cut-off files but still reads the many real photos whose headers are odd;
  // `none` would yield a grey tail in place of what is missing. The pixels are counted below, from
  // the header, as sharp's own limit has no code to tell it by.
  return sharp(bytes, { failOn: 'truncated', limitInputPixels: false, pages: 1 }).autoOrient();
}

async function openHeic(bytes: Uint8Array, limits: PixelLimits): Promise<Sharp> {
  const { data, width, height } = await decodeHeic(bytes, limits.maxImagePixels);
  return sharp(data, { raw: { width, height, channels: 4 } });
}

function tooLarge(width: number, height: number, { maxImagePixels }: PixelLimits): Fault {
  const found = `${width} × ${height} = ${width * height}`;
  return fault(
    'IMAGE_TOO_LARGE',
    `Expected at most ${maxImagePixels} pixels (maxImagePixels) but received ${found}`,
  );
}

async function resize(image: Sharp, input: PreprocessInput): Promise<Uint8Array> {
  const { data } = await image
    .toColourspace('srgb')
    .removeAlpha()
    .resize(input.width, input.height, {
      fit: input.fit,
      kernel: input.kernel,
      background: '#000',
    })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  // Greyscale stays one channel in some colour spaces; the model always sees three.
  return data.length === input.width * input.height ? repeatChannel(data) : data;
}

function repeatChannel(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(grey.length * 3);
  for (let n = 0; n < grey.length; n++) pixels.fill(grey[n] as number, n * 3, n * 3 + 3);
  return pixels;
}

/**
 * sharp has no error codes, and its texts come from a buffer that pictures decoded at the same time
 * share: the picture's own structure says what is wrong with it.
 */
function judge(error: unknown, bytes: Uint8Array, format: ImageFormat): Fault {
  const code = error instanceof HeicError ? error.code : undefined;
  if (code === 'IMAGE_TOO_LARGE') {
    return fault(code, `Expected fewer pixels but: ${messageOf(error)}`);
  }
  return code === 'IMAGE_TRUNCATED' || isTruncated(bytes, format)
    ? fault(
        'IMAGE_TRUNCATED',
        `Expected a whole ${format} picture but its ${bytes.length} bytes end too early`,
      )
    : fault('IMAGE_CORRUPT', `Expected a ${format} picture that decodes but its data are damaged`);
}
