import type { ModelInput } from '../domain/model.ts';
import { fault, type Outcome } from '../domain/outcome.ts';
import type { ImageFormat } from '../domain/photo.ts';
import { newPixels, type SharedPixels } from '../domain/pixels.ts';
import { decodeJpeg } from './jpeg/decode-jpeg.ts';

/** Bounds on what a photo may ask of the machine, and room for its pixels. */
export interface PreprocessOptions {
  /** Width × height above which a picture is refused before it is decoded. Default 100 million. */
  readonly maxImagePixels: number;
  /** Default: new ones. */
  readonly pixels?: SharedPixels;
}

/** A picture ready for the model. */
export interface PreprocessedImage {
  readonly pixels: SharedPixels;
  /** Size of the photo as a person sees it, after its orientation was applied. */
  readonly width: number;
  readonly height: number;
}

/** How the model wants its pictures. */
export type PreprocessInput = Pick<ModelInput, 'width' | 'height' | 'fit' | 'kernel'>;

const DEFAULTS: PreprocessOptions = { maxImagePixels: 100_000_000 };

/**
 * Decodes a photo and prepares it as the model's manifest says: orientation applied, sRGB, alpha
 * dropped, resized. The only place where pixels are prepared: training, the batch and any later
 * single request go through here. Of an animation, the first frame.
 */
export async function preprocessImage(
  bytes: Uint8Array,
  input: PreprocessInput,
  format: ImageFormat = 'jpeg',
  { maxImagePixels, pixels = newPixels(input) }: PreprocessOptions = DEFAULTS,
): Promise<Outcome<PreprocessedImage>> {
  if (format === 'jxl' || format === 'raw') {
    return fault(
      'FORMAT_UNSUPPORTED',
      `Expected JPEG, PNG, WebP, TIFF, AVIF, GIF or HEIC but received ${FORMAT_NAMES[format]}; convert it`,
    );
  }
  const decoded = format === 'jpeg' && (await decodeJpeg(bytes, input, maxImagePixels, pixels));
  if (decoded) return { ok: true, ...decoded };
  // Most buckets hold nothing but plain JPEGs, and loading sharp is a sixth of a start.
  const { decodeWithSharp } = await import('./decode-with-sharp.ts');
  return decodeWithSharp(bytes, input, format, { maxImagePixels, pixels });
}

const FORMAT_NAMES = { jxl: 'JPEG XL', raw: 'a camera RAW file' } as const;
