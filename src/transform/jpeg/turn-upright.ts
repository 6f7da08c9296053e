import { isTurned } from './fit-axes.ts';
import type { DecodingPlan } from './plan-decoding.ts';

/** Writes the pixels of a picture as a person sees it (EXIF 2.3, 4.6.4, tag 0x0112). */
export function turnUpright(
  pixels: Uint8Array,
  {
    header,
    outputWidth,
    outputHeight,
  }: Pick<DecodingPlan, 'header' | 'outputWidth' | 'outputHeight'>,
  upright: Uint8Array,
): void {
  const { orientation } = header;
  if (orientation === 1) {
    upright.set(pixels);
    return;
  }
  const [fromLeft, fromTop] = [
    [1, 4, 5, 6],
    [1, 2, 5, 8],
  ].map((those) => those.includes(orientation));
  const turned = isTurned(orientation);
  const [width, height] = turned ? [outputHeight, outputWidth] : [outputWidth, outputHeight];
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = turned ? [y, x] : [x, y];
      const from =
        ((fromTop ? row : outputHeight - 1 - row) * outputWidth +
          (fromLeft ? column : outputWidth - 1 - column)) *
        3;
      upright[to++] = pixels[from] as number;
      upright[to++] = pixels[from + 1] as number;
      upright[to++] = pixels[from + 2] as number;
    }
  }
}
