/** A colour as the fixture models see it, each channel 0–255. */
export type Rgb = readonly [red: number, green: number, blue: number];

export const RED: Rgb = [255, 0, 0];
export const GREEN: Rgb = [0, 255, 0];
export const BLUE: Rgb = [0, 0, 255];
export const BLACK: Rgb = [0, 0, 0];
/** What makes `poison` fail and `not-a-number` say NaN. */
export const MAGENTA: Rgb = [255, 0, 255];

const SIDE = 8;
const GAIN = 6;

/** A plain picture of 8 × 8 pixels, RGB. */
export function paint(colour: Rgb): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => colour[at % 3] as number);
}

/** The fixtures' logits for a plain picture, as their README defines them. */
export function logitsOf([red, green, blue]: Rgb): number[] {
  const sum = (red + green + blue) / 255;
  return [...[red, green, blue].map((c) => GAIN * ((2 * c) / 255 - sum)), 0.3 * GAIN];
}

/** Softmax of logits, in double precision. */
export function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** `count` different colours that no fixture trips over, the same every time. */
export function manyColours(count: number): Rgb[] {
  return Array.from({ length: count }, (_, n) => {
    const hash = Math.imul(n + 1, 0x9e3779b1) >>> 0;
    return [hash & 255, (hash >>> 8) & 255, (hash >>> 16) % 200];
  });
}
