import type { InHand } from '../domain/in-hand.ts';
import type { ModelInput } from '../domain/model.ts';
import type { ImageFormat } from '../domain/photo.ts';
import type { ByteBudget } from '../flow/byte-budget.ts';
import { mapConcurrently } from '../flow/map-concurrently.ts';
import { preprocessImage } from './preprocess-image.ts';

/** What the stage takes: a photo's bytes with their format. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
}

/** What it gives: `[height, width, 3]` RGB, 0–255, in the model's size. */
export interface Picture {
  readonly pixels: Uint8Array;
}

/** Bounds of the stage. */
export interface TransformOptions {
  readonly decodeConcurrency: number;
  readonly maxImagePixels: number;
  /** Given back here, once a photo's bytes are no longer needed. */
  readonly budget: ByteBudget;
}

/** Decodes each photo and prepares its pixels as the model's manifest says. */
export function transform(
  photos: AsyncIterable<InHand<Encoded>>,
  input: ModelInput,
  options: TransformOptions,
): AsyncGenerator<InHand<Picture>> {
  return mapConcurrently(photos, options.decodeConcurrency, async ({ outcome, ...facts }) => {
    if (!outcome.ok) return { ...facts, outcome };
    try {
      const image = await preprocessImage(outcome.bytes, input, outcome.format, options);
      if (!image.ok) return { ...facts, outcome: image };
      const size = { width: image.width, height: image.height };
      return { ...facts, size, outcome: { ok: true as const, pixels: image.pixels } };
    } finally {
      options.budget.release(facts.photo.size);
    }
  });
}
