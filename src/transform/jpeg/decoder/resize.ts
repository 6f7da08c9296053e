import { Axis, Component, componentAt } from './picture';

// Lines of 16-bit numbers: samples × 64, so that rounding twice costs nothing.
const FRACTION_BITS: i32 = 6;
const HALF: i16 = 32;
/** The weights of an output add up to 2¹⁴. */
const WEIGHT_BITS: i32 = 14;

/** Lines that are worked on: `column` of the output's height but the plane's width, then one each. */
@unmanaged
export class Lines {
  column!: usize;
  y!: usize;
  cb!: usize;
  cr!: usize;
  rgb!: usize;
}

/**
 * Resizes the planes, each from its own size, and converts what comes out to RGB.
 *
 * @param components `count` of `Component`, 1 or 3
 * @param columns pixels to write in each of `rows` rows
 * @param output the first pixel, and `stride` bytes from row to row
 */
export function resize(
  components: usize,
  count: i32,
  lines: Lines,
  columns: i32,
  rows: i32,
  output: usize,
  stride: i32,
): void {
  if (count === 1) {
    fill(lines.cb, columns);
    fill(lines.cr, columns);
  }
  for (let y = 0; y < rows; y++) {
    resizeLine(componentAt(components, 0), y, lines.column, lines.y);
    if (count === 3) {
      resizeLine(componentAt(components, 1), y, lines.column, lines.cb);
      resizeLine(componentAt(components, 2), y, lines.column, lines.cr);
    }
    convert(lines, columns);
    memory.copy(output + y * stride, lines.rgb, columns * 3);
  }
}

/** A line without colour. */
function fill(line: usize, columns: i32): void {
  for (let x = 0; x < columns; x++) store<i16>(line + ((x as usize) << 1), LEVEL as i16);
}

function resizeLine(component: Component, y: i32, column: usize, line: usize): void {
  reduceRows(component, component.vertical, y, column);
  reduceColumns(component.horizontal, column, line);
}

/** One line of the output's height, still of the plane's width: 8 samples at a time, 2 rows at a time. */
function reduceRows(component: Component, axis: Axis, y: i32, to: usize): void {
  const stride = component.stride;
  const weights = axis.weights + ((y * axis.taps) << 1);
  const from = component.plane + load<i32>(axis.starts + (y << 2)) * stride;
  const half = i32x4.splat(1 << (WEIGHT_BITS - FRACTION_BITS - 1));
  for (let x = 0; x < stride; x += 8) {
    let left = half;
    let right = half;
    let row = from + x;
    for (let tap = 0; tap < axis.taps; tap += 2) {
      const pair = v128.load32_splat(weights + (tap << 1));
      const upper = v128.load_ext<u8>(row);
      const lower = v128.load_ext<u8>(row + stride);
      const both = i16x8.shuffle(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11);
      left = i32x4.add(left, i32x4.dot_i16x8_s(both, pair));
      const others = i16x8.shuffle(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15);
      right = i32x4.add(right, i32x4.dot_i16x8_s(others, pair));
      row += stride << 1;
    }
    left = i32x4.shr_s(left, WEIGHT_BITS - FRACTION_BITS);
    right = i32x4.shr_s(right, WEIGHT_BITS - FRACTION_BITS);
    v128.store(to + (x << 1), i16x8.narrow_i32x4_s(left, right));
  }
}

/** A line of the output's width: 4 outputs at a time, 8 samples of each at a time. */
function reduceColumns(axis: Axis, from: usize, to: usize): void {
  const taps = axis.taps;
  const starts = axis.starts;
  let weights = axis.weights;
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1));
  for (let x = 0; x < axis.count; x += 4) {
    const start = starts + (x << 2);
    const a = weigh(from + (load<i32>(start) << 1), weights, taps);
    const b = weigh(from + (load<i32>(start, 4) << 1), weights + (taps << 1), taps);
    const c = weigh(from + (load<i32>(start, 8) << 1), weights + (taps << 2), taps);
    const d = weigh(from + (load<i32>(start, 12) << 1), weights + taps * 6, taps);
    const ab = i32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
    const cd = i32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
    const sums = i32x4.add(i64x2.shuffle(ab, cd, 0, 2), i64x2.shuffle(ab, cd, 1, 3));
    const outputs = i32x4.shr_s(i32x4.add(sums, half), WEIGHT_BITS);
    v128.store64_lane(to + (x << 1), i16x8.narrow_i32x4_s(outputs, outputs), 0);
    weights += taps << 3;
  }
}

/** Four sums that add up to the output. */
function weigh(samples: usize, weights: usize, taps: i32): v128 {
  let sum = i32x4.dot_i16x8_s(v128.load(samples), v128.load(weights));
  for (let tap = 8; tap < taps; tap += 8) {
    const at = tap << 1;
    const next = i32x4.dot_i16x8_s(v128.load(samples + at), v128.load(weights + at));
    sum = i32x4.add(sum, next);
  }
  return sum;
}

// JFIF 1.02: R = Y + 1.402 Cr, G = Y − 0.344136 Cb − 0.714136 Cr, B = Y + 1.772 Cb, with Cb and Cr
// around 128. What is below 1 of each factor, in 32,768ths; 0.772 and 0.402 come on top of 1.
const LEVEL: i32 = 128 << FRACTION_BITS;
const RED_CR: i16 = 13173;
const GREEN_CB: i16 = -11277;
const GREEN_CR: i16 = -23401;
const BLUE_CB: i16 = 25297;

/** Eight pixels at a time. */
function convert(lines: Lines, columns: i32): void {
  const level = i16x8.splat(LEVEL as i16);
  let to = lines.rgb;
  for (let x: usize = 0; x < (columns as usize) << 1; x += 16) {
    const y = v128.load(lines.y + x);
    const cb = i16x8.sub(v128.load(lines.cb + x), level);
    const cr = i16x8.sub(v128.load(lines.cr + x), level);
    const red = i16x8.add_sat_s(i16x8.add_sat_s(y, cr), multiply(cr, RED_CR));
    const green = i16x8.add_sat_s(
      i16x8.add_sat_s(y, multiply(cb, GREEN_CB)),
      multiply(cr, GREEN_CR),
    );
    const blue = i16x8.add_sat_s(i16x8.add_sat_s(y, cb), multiply(cb, BLUE_CB));
    const redGreen = i8x16.narrow_i16x8_u(toSamples(red), toSamples(green));
    const blues = i8x16.narrow_i16x8_u(toSamples(blue), toSamples(blue));
    v128.store(
      to,
      i8x16.shuffle(redGreen, blues, 0, 8, 16, 1, 9, 17, 2, 10, 18, 3, 11, 19, 4, 12, 20, 5),
    );
    const rest = i8x16.shuffle(
      redGreen,
      blues,
      13,
      21,
      6,
      14,
      22,
      7,
      15,
      23,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    );
    v128.store64_lane(to, rest, 0, 16);
    to += 24;
  }
}

function multiply(samples: v128, factor: i16): v128 {
  return i16x8.q15mulr_sat_s(samples, i16x8.splat(factor));
}

function toSamples(values: v128): v128 {
  const half = i16x8.splat(HALF);
  return i16x8.shr_s(i16x8.add_sat_s(values, half), FRACTION_BITS);
}
