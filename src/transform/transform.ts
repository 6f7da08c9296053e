import type { InHand } from '../domain/in-hand.ts';
import type { ModelInput } from '../domain/model.ts';
import type { ImageFormat } from '../domain/photo.ts';
import { countPixelBytes, type SharedPixels } from '../domain/pixels.ts';
import type { BufferPool } from '../flow/buffer-pool.ts';
import type { ByteLoan } from '../flow/byte-budget.ts';
import { mapConcurrently } from '../flow/map-concurrently.ts';
import { preprocessImage } from './preprocess-image.ts';

/** What the stage takes: a photo's bytes with their format. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** Of the bytes, released here. */
  readonly loan: ByteLoan;
}

/** What it gives: a picture in the model's size. */
export interface Picture {
  readonly pixels: SharedPixels;
}

/** Bounds of the stage. */
export interface TransformOptions {
  readonly decodeConcurrency: number;
  readonly maxImagePixels: number;
  /** Pictures are taken here; whoever used one gives it back. */
  readonly picturePool: BufferPool<SharedArrayBuffer>;
}

/** Decodes each photo and prepares its pixels as the model's manifest says. */
export function transform(
  photos: AsyncIterable<InHand<Encoded>>,
  input: ModelInput,
  { decodeConcurrency, maxImagePixels, picturePool }: TransformOptions,
): AsyncGenerator<InHand<Picture>> {
  return mapConcurrently(photos, decodeConcurrency, async ({ outcome, ...facts }) => {
    if (!outcome.ok) return { ...facts, outcome };
    const { bytes, format, loan } = outcome;
    const pixels = picturePool.take(countPixelBytes(input));
    try {
      const image = await preprocessImage(bytes, input, format, { maxImagePixels, pixels });
      if (!image.ok) {
        picturePool.giveBack(pixels);
        return { ...facts, outcome: image };
      }
      const size = { width: image.width, height: image.height };
      return { ...facts, size, outcome: { ok: true as const, pixels } };
    } finally {
      loan.release();
    }
  });
}
