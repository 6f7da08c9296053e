import { block } from './block';

// The inverse DCT (ITU T.81, A.3.3) to 8, 4, 2 or 1 samples each way. To fewer than 8, only the lowest
// frequencies are transformed, as many as there are samples: what a small picture can show. The
// constant factors, C(u) C(v) / 4, are in the coefficients already.
//
//   s(x) = Σ S(u) cos((2x + 1) u π / 2N), u = 0 … N − 1
//
// Even u give the same for x and N − 1 − x and are the transform of half the length; odd u give the
// opposite.

const C1_4: f32 = 0.92387953; // cos(π/8)
const C3_4: f32 = 0.38268343; // cos(3π/8)
const C1_8: f32 = 0.98078528; // cos(π/16)
const C3_8: f32 = 0.83146961; // cos(3π/16)
const C5_8: f32 = 0.55557023; // cos(5π/16)
const C7_8: f32 = 0.19509032; // cos(7π/16)
const C1_2: f32 = Math.SQRT1_2 as f32; // cos(π/4)

/** Samples are stored around 0 (A.3.1). */
const LEVEL: f32 = 128;
/** 1.5 × 2²³: a float this large has no fraction; added, it rounds, and its lowest bits are the number. */
const ROUNDER: f32 = 12582912;

/** The results of the last `transform4`; what `transpose` turns. */
let r0: v128 = i32x4.splat(0);
let r1: v128 = i32x4.splat(0);
let r2: v128 = i32x4.splat(0);
let r3: v128 = i32x4.splat(0);

/** Four columns of four coefficients each, at once. */
function transform4(s0: v128, s1: v128, s2: v128, s3: v128): void {
  const turned = f32x4.mul(s2, f32x4.splat(C1_2));
  const even0 = f32x4.add(s0, turned);
  const even1 = f32x4.sub(s0, turned);
  const odd0 = f32x4.add(f32x4.mul(s1, f32x4.splat(C1_4)), f32x4.mul(s3, f32x4.splat(C3_4)));
  const odd1 = f32x4.sub(f32x4.mul(s1, f32x4.splat(C3_4)), f32x4.mul(s3, f32x4.splat(C1_4)));
  r0 = f32x4.add(even0, odd0);
  r1 = f32x4.add(even1, odd1);
  r2 = f32x4.sub(even1, odd1);
  r3 = f32x4.sub(even0, odd0);
}

function transpose(): void {
  const a = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const b = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const c = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const d = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  r0 = i64x2.shuffle(a, c, 0, 2);
  r1 = i64x2.shuffle(a, c, 1, 3);
  r2 = i64x2.shuffle(b, d, 0, 2);
  r3 = i64x2.shuffle(b, d, 1, 3);
}

function row(index: usize): v128 {
  return v128.load(block + index * 16);
}

/** Rounds four floats that still lack the level. */
function round(samples: v128): v128 {
  const rounded = f32x4.add(samples, f32x4.splat(ROUNDER + LEVEL));
  return i32x4.sub(rounded, i32x4.splat(reinterpret<i32>(ROUNDER)));
}

/** Writes the block's samples, `size` × `size`, to a plane, and leaves the block zero. */
export function transformBlock(size: i32, plane: usize, stride: i32): void {
  if (size === 1) transformTo1(plane);
  else if (size === 2) transformTo2(plane, stride);
  else if (size === 4) transformTo4(plane, stride);
  else transformTo8(plane, stride);
}

function clamp(sample: f32): u8 {
  const rounded = (sample + (LEVEL + 0.5)) as i32;
  return max(min(rounded, 255), 0) as u8;
}

function transformTo1(plane: usize): void {
  store<u8>(plane, clamp(load<f32>(block)));
}

function transformTo2(plane: usize, stride: i32): void {
  const mean = f32x4.splat(load<f32>(block));
  const across = f32x4.mul(f32x4.splat(load<f32>(block, 4)), f32x4(C1_2, -C1_2, C1_2, -C1_2));
  const down = f32x4.mul(f32x4.splat(load<f32>(block, 32)), f32x4(C1_2, C1_2, -C1_2, -C1_2));
  const both = f32x4.mul(f32x4.splat(load<f32>(block, 36)), f32x4(0.5, -0.5, -0.5, 0.5));
  const sum = round(f32x4.add(f32x4.add(mean, across), f32x4.add(down, both)));
  const narrow = i16x8.narrow_i32x4_s(sum, sum);
  const samples = i8x16.narrow_i16x8_u(narrow, narrow);
  v128.store_lane<u16>(plane, samples, 0);
  v128.store_lane<u16>(plane + stride, samples, 1);
  // The first coefficients in zigzag order, 0–4, lie in these rows.
  const zero = i32x4.splat(0);
  v128.store(block, zero);
  v128.store(block, zero, 32);
  v128.store(block, zero, 64);
}

function transformTo4(plane: usize, stride: i32): void {
  transform4(row(0), row(2), row(4), row(6));
  transpose();
  transform4(r0, r1, r2, r3);
  transpose();
  const upper = i16x8.narrow_i32x4_s(round(r0), round(r1));
  const lower = i16x8.narrow_i32x4_s(round(r2), round(r3));
  const samples = i8x16.narrow_i16x8_u(upper, lower);
  v128.store_lane<u32>(plane, samples, 0);
  v128.store_lane<u32>(plane + stride, samples, 1);
  v128.store_lane<u32>(plane + stride * 2, samples, 2);
  v128.store_lane<u32>(plane + stride * 3, samples, 3);
  clear();
}

/** Between the two passes of `transformTo8`: as `block`, transposed. */
const turned: usize = memory.data(64 * 4, 16);

function transformTo8(plane: usize, stride: i32): void {
  for (let half: usize = 0; half < 2; half++) {
    transform8(block + half * 16, turned + half * 128);
  }
  for (let half: usize = 0; half < 2; half++) {
    transform8(turned + half * 16, block + half * 128);
  }
  for (let y: usize = 0; y < 8; y++) {
    const left = round(row(y * 2));
    const right = round(row(y * 2 + 1));
    const samples = i16x8.narrow_i32x4_s(left, right);
    v128.store64_lane(plane + y * stride, i8x16.narrow_i16x8_u(samples, samples), 0);
  }
  clear();
}

/** Four columns of eight coefficients, 32 bytes apart, become four rows. */
function transform8(from: usize, to: usize): void {
  const s1 = v128.load(from, 32);
  const s3 = v128.load(from, 96);
  const s5 = v128.load(from, 160);
  const s7 = v128.load(from, 224);
  const odd0 = sum4(s1, C1_8, s3, C3_8, s5, C5_8, s7, C7_8);
  const odd1 = sum4(s1, C3_8, s3, -C7_8, s5, -C1_8, s7, -C5_8);
  const odd2 = sum4(s1, C5_8, s3, -C1_8, s5, C7_8, s7, C3_8);
  const odd3 = sum4(s1, C7_8, s3, -C5_8, s5, C3_8, s7, -C1_8);
  transform4(v128.load(from), v128.load(from, 64), v128.load(from, 128), v128.load(from, 192));
  const x7 = f32x4.sub(r0, odd0);
  const x6 = f32x4.sub(r1, odd1);
  const x5 = f32x4.sub(r2, odd2);
  const x4 = f32x4.sub(r3, odd3);
  r0 = f32x4.add(r0, odd0);
  r1 = f32x4.add(r1, odd1);
  r2 = f32x4.add(r2, odd2);
  r3 = f32x4.add(r3, odd3);
  storeTurned(to);
  r0 = x4;
  r1 = x5;
  r2 = x6;
  r3 = x7;
  storeTurned(to + 16);
}

function storeTurned(to: usize): void {
  transpose();
  v128.store(to, r0);
  v128.store(to, r1, 32);
  v128.store(to, r2, 64);
  v128.store(to, r3, 96);
}

function sum4(a: v128, fa: f32, b: v128, fb: f32, c: v128, fc: f32, d: v128, fd: f32): v128 {
  return f32x4.add(
    f32x4.add(f32x4.mul(a, f32x4.splat(fa)), f32x4.mul(b, f32x4.splat(fb))),
    f32x4.add(f32x4.mul(c, f32x4.splat(fc)), f32x4.mul(d, f32x4.splat(fd))),
  );
}

function clear(): void {
  const zero = i32x4.splat(0);
  for (let y: usize = 0; y < 8; y++) {
    v128.store(block + y * 32, zero);
    v128.store(block + y * 32, zero, 16);
  }
}
