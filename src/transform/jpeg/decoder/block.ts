import { bitBuffer, bitCount, loadBytes, nextByte, setBits } from './bits';
import {
  decodeSymbol,
  END_OF_BLOCK,
  extend,
  SKIP_BITS,
  SKIP_TO_END,
  skipsOf,
  VALUE_BITS,
  valuesOf,
} from './huffman';
import { Component } from './picture';

/** The coefficients of one block, times their factors: 64 floats row by row. */
export const block: usize = memory.data(64 * 4, 16);

/** After a picture that ended within a block, something may be left. */
export function clearBlock(): void {
  memory.fill(block, 0, 64 * 4);
}

/** Where each coefficient in zigzag order lies (figure A.6): row × 8 + column. */
const ZIGZAG: usize = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
  13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52,
  45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);

/** A refill leaves at least 56 bits; the longest code with its extra bits has 27. */
const ENOUGH_BITS: i32 = 32;
/** Entries of `skips` for which a refill is enough. */
const LOOKUPS: i32 = 4;

/**
 * Decodes one block (F.2.2.1 and F.2.2.2): its first coefficients up to `component.last` into `block`,
 * which must be zero; those behind are passed over, several at a time.
 *
 * @returns false when the data are broken
 */
export function decodeBlock(component: Component): bool {
  // Locals stay in registers; refilling is written out in each place, as they cannot be passed on.
  let bits = bitBuffer;
  let count = bitCount;
  let at = nextByte;
  if (count < ENOUGH_BITS) {
    bits |= loadBytes(at) >> count;
    at += (63 - count) >> 3;
    count |= 56;
  }

  let entry = load<i32>(
    valuesOf(component.dcTable) + (((bits >> (64 - VALUE_BITS)) as usize) << 2),
  );
  if (entry === 0) entry = decodeLong(component.dcTable, bits);
  if (entry === 0) return false;
  bits <<= entry & 255;
  count -= entry & 255;
  component.predictor += entry >> 16;
  const factors = component.factors;
  store<f32>(block, (component.predictor as f32) * load<f32>(factors));

  const last = component.last;
  const values = valuesOf(component.acTable);
  let k = 1;
  while (k <= last) {
    if (count < ENOUGH_BITS) {
      bits |= loadBytes(at) >> count;
      at += (63 - count) >> 3;
      count |= 56;
    }
    entry = load<i32>(values + (((bits >> (64 - VALUE_BITS)) as usize) << 2));
    if (entry === 0) entry = decodeLong(component.acTable, bits);
    if (entry === 0) return false;
    bits <<= entry & 255;
    count -= entry & 255;
    k += (entry >> 8) & 255;
    if (k > last + 1) break;
    const value = ((entry >> 16) as f32) * load<f32>(factors + (((k - 1) as usize) << 2));
    store<f32>(block + ((load<u8>(ZIGZAG + k - 1) as usize) << 2), value);
  }

  const skips = skipsOf(component.acTable);
  while (k < 64) {
    bits |= loadBytes(at) >> count;
    at += (63 - count) >> 3;
    count |= 56;
    let reached = k;
    for (let n = 0; n < LOOKUPS; n++) {
      entry = load<u16>(skips + (((bits >> (64 - SKIP_BITS)) as usize) << 1));
      reached = k + (entry >> 8);
      if (reached >= 64) break;
      k = reached;
      bits <<= entry & 255;
      count -= entry & 255;
    }
    if (reached < 64) continue;
    if (reached > 64 && (reached <= SKIP_TO_END || reached >= SKIP_TO_END + 64)) {
      // Too long for the table, or one of its codes is of the next block already: one at a time.
      if (count < ENOUGH_BITS) continue;
      entry = load<i32>(values + (((bits >> (64 - VALUE_BITS)) as usize) << 2));
      if (entry === 0) entry = decodeLong(component.acTable, bits);
      if (entry === 0) return false;
      reached = k + ((entry >> 8) & 255);
    }
    k = reached;
    bits <<= entry & 255;
    count -= entry & 255;
  }
  setBits(bits, count, at);
  return k === 64 || k >= END_OF_BLOCK;
}

/** An entry as in `values`, for a code that is too long for it; 0 for none. */
function decodeLong(table: i32, bits: u64): i32 {
  const found = decodeSymbol(table, (bits >> 48) as i32);
  if (found === 0) return 0;
  const length = found >> 8;
  const symbol = found & 255;
  const extra = symbol & 15;
  const value = extra > 0 ? extend(((bits << length) >> (64 - extra)) as i32, extra) : 0;
  const distance = table < 4 ? 0 : symbol === 0 ? END_OF_BLOCK : (symbol >> 4) + 1;
  return (value << 16) | (distance << 8) | (length + extra);
}
