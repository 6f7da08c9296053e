import sharp, { type Sharp } from 'sharp';
import type { ModelInput } from '../domain/model.ts';
import { type Fault, fault, type Outcome } from '../domain/outcome.ts';
import type { ImageFormat } from '../domain/photo.ts';
import { decodeHeic, HeicError } from './decode-heic.ts';

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
  try {
    const image = format === 'heic' ? await openHeic(bytes, limits) : open(bytes, limits);
    return { ok: true, ...(await resize(image, input)) };
  } catch (error) {
    // The HEIC decoder failing to start is the run's fault; sharp only ever fails for the picture.
    if (format === 'heic' && !(error instanceof HeicError)) throw error;
    return toFault(error, limits);
  }
}

const FORMAT_NAMES = { jxl: 'JPEG XL', raw: 'a camera RAW file' } as const;

function open(bytes: Uint8Array, limits: PixelLimits): Sharp {
  // `truncated` refuses cut-off files but still reads the many real photos whose headers are odd;
  // `none` would yield a grey tail in place of what is missing.
  return sharp(bytes, {
    failOn: 'truncated',
    limitInputPixels: limits.maxImagePixels,
    pages: 1,
  }).autoOrient();
}

async function openHeic(bytes: Uint8Array, limits: PixelLimits): Promise<Sharp> {
  const { data, width, height } = await decodeHeic(bytes, limits.maxImagePixels);
  return sharp(data, { raw: { width, height, channels: 4 } });
}

async function resize(image: Sharp, input: PreprocessInput): Promise<PreprocessedImage> {
  const { autoOrient } = await image.metadata();
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
  const pixels = data.length === input.width * input.height ? repeatChannel(data) : data;
  return { pixels, width: autoOrient.width, height: autoOrient.height };
}

function repeatChannel(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(grey.length * 3);
  for (let n = 0; n < grey.length; n++) pixels.fill(grey[n] as number, n * 3, n * 3 + 3);
  return pixels;
}

function toFault(error: unknown, limits: PixelLimits): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof HeicError ? error.code : judgeSharpMessage(message);
  if (code === 'IMAGE_TOO_LARGE') {
    return fault(
      code,
      `Expected at most ${limits.maxImagePixels} pixels (maxImagePixels) but received a larger picture`,
    );
  }
  const expected =
    code === 'IMAGE_TRUNCATED'
      ? 'Expected a whole picture but it ends too early'
      : 'Expected a picture that decodes but';
  return fault(code, `${expected}: ${tidy(message)}`);
}

/** sharp has no codes, only libvips' texts; these are those of its pixel limit and of cut-off files. */
function judgeSharpMessage(message: string): PictureFault {
  if (/exceeds pixel limit/i.test(message)) return 'IMAGE_TOO_LARGE';
  const cutOff = /premature end|truncated|unexpected end|end of file|out of data|eof/i;
  return cutOff.test(message) ? 'IMAGE_TRUNCATED' : 'IMAGE_CORRUPT';
}

type PictureFault = 'IMAGE_TOO_LARGE' | 'IMAGE_TRUNCATED' | 'IMAGE_CORRUPT';

function tidy(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 300);
}
