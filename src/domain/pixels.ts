import type { ModelInput } from './model.ts';

/**
 * A picture in the model's size: `[height, width, 3]` RGB, 0–255, row by row. In memory that threads
 * share: a decoder writes it and the model reads it, and nobody copies it in between.
 */
export type SharedPixels = Uint8Array<SharedArrayBuffer>;

/** Bytes of a picture in the model's size. */
export function countPixelBytes({ width, height }: Pick<ModelInput, 'width' | 'height'>): number {
  return width * height * 3;
}

/** A picture that is all black. */
export function newPixels(input: Pick<ModelInput, 'width' | 'height'>): SharedPixels {
  return new Uint8Array(new SharedArrayBuffer(countPixelBytes(input)));
}
