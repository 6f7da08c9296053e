import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../domain/errors.ts';
import { type Fault, fault, type Outcome } from '../domain/outcome.ts';
import type { ImageFormat } from '../domain/photo.ts';
import type { SharedPixels } from '../domain/pixels.ts';
import { decodeHeic, HeicError } from './decode-heic.ts';
import { isTruncated } from './is-truncated.ts';
import type { PreprocessedImage, PreprocessInput, PreprocessOptions } from './preprocess-image.ts';

// Decoded pixels are used once; libvips' own cache would only hold memory, and its threads would
// compete with the inference workers: parallelism comes from decoding several photos at a time.
sharp.cache(false);
sharp.concurrency(1);

/** Decodes and prepares whatever sharp reads, and HEIC; says what is wrong with the rest. */
export async function decodeWithSharp(
  bytes: Uint8Array,
  input: PreprocessInput,
  format: ImageFormat,
  { maxImagePixels, pixels }: Required<PreprocessOptions>,
): Promise<Outcome<PreprocessedImage>> {
  try {
    const image = format === 'heic' ? await openHeic(bytes, maxImagePixels) : open(bytes);
    const { width, height } = (await image.metadata()).autoOrient;
    if (width * height > maxImagePixels) return tooLarge(width, height, maxImagePixels);
    fill(pixels, await resize(image, input));
    return { ok: true, pixels, width, height };
  } catch (error) {
    // The HEIC decoder failing to start is the run's fault; sharp only ever fails for the picture.
    if (format === 'heic' && !(error instanceof HeicError)) throw error;
    return judge(error, bytes, format);
  }
}

function open(bytes: Uint8Array): Sharp {
  // `truncated` refuses cut-off files but still reads the many real photos whose headers are odd;
  // `none` would yield a grey tail in place of what is missing. The pixels are counted below, from
  // the header, as sharp's own limit has no code to tell it by.
  return sharp(bytes, { failOn: 'truncated', limitInputPixels: false, pages: 1 }).autoOrient();
}

async function openHeic(bytes: Uint8Array, maxImagePixels: number): Promise<Sharp> {
  const { data, width, height } = await decodeHeic(bytes, maxImagePixels);
  return sharp(data, { raw: { width, height, channels: 4 } });
}

function tooLarge(width: number, height: number, maxImagePixels: number): Fault {
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
  return data;
}

/** Greyscale stays one channel in some colour spaces; the model always sees three. */
function fill(pixels: SharedPixels, resized: Uint8Array): void {
  if (resized.length === pixels.length) pixels.set(resized);
  else for (const [n, grey] of resized.entries()) pixels.fill(grey, n * 3, n * 3 + 3);
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
