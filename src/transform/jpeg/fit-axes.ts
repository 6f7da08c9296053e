import type { PreprocessInput } from '../preprocess-image.ts';

/** How pixels along one axis of the picture, as stored, become those of the output. */
export interface FittedAxis {
  /** Pixels of the output before the picture's first; above 0 only where bars are added. */
  readonly offset: number;
  /** Pixels of the output that show the picture. */
  readonly count: number;
  /** Where the first of them starts, in pixels of the picture. */
  readonly start: number;
  /** Pixels of the picture for each of the output's, at least 1. */
  readonly step: number;
}

/** Whether an orientation of 1–8 mirrors the stored picture's axes once it is shown upright (EXIF 4.6.4). */
export const isTurned = (orientation: number) => orientation >= 5;
const MIRRORED_ACROSS = [2, 3, 7, 8];
const MIRRORED_DOWN = [3, 4, 6, 7];

/**
 * Fits a stored picture into the model's input as sharp does: `fill`, `cover` and `contain`, centred.
 *
 * @returns null when it would have to be enlarged, or is too narrow to become a whole pixel
 */
export function fitAxes(
  size: { readonly width: number; readonly height: number; readonly orientation: number },
  input: PreprocessInput,
): { readonly across: FittedAxis; readonly down: FittedAxis } | null {
  const { width, height, orientation } = size;
  const [targetWidth, targetHeight] = isTurned(orientation)
    ? [input.height, input.width]
    : [input.width, input.height];
  const steps = [width / targetWidth, height / targetHeight] as const;
  const common = input.fit === 'cover' ? Math.min(...steps) : Math.max(...steps);
  const [stepAcross, stepDown] = input.fit === 'fill' ? steps : [common, common];
  const across = fitAxis(width, targetWidth, stepAcross, MIRRORED_ACROSS.includes(orientation));
  const down = fitAxis(height, targetHeight, stepDown, MIRRORED_DOWN.includes(orientation));
  return across && down && { across, down };
}

function fitAxis(size: number, target: number, step: number, mirrored: boolean): FittedAxis | null {
  const length = Math.round(size / step);
  if (step < 1 || length < 1) return null;
  const over = Math.max(length - target, 0);
  const bars = Math.max(target - length, 0);
  // sharp rounds what it crops up and what it adds down, in the upright picture.
  const crop = mirrored ? Math.floor(over / 2) : Math.ceil(over / 2);
  const offset = mirrored ? Math.ceil(bars / 2) : Math.floor(bars / 2);
  const start = (size - length * step) / 2 + crop * step;
  return { offset, count: Math.min(length, target), start, step };
}
