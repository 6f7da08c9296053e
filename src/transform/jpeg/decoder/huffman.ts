// Huffman tables (ITU T.81, annex C and F.2.2.3), each as three of look-up tables.

/** Bits looked at in `values` and `skips`: most codes with their extra bits are shorter. */
export const VALUE_BITS: i32 = 11;
export const SKIP_BITS: i32 = 12;
/** Set in an entry of `values` and `codes`: the block ends here (F.1.2.2.1). */
export const END_OF_BLOCK: i32 = 128;
/** Of an entry in `skips` whose last code is the end of the block. */
export const SKIP_TO_END: i32 = 128;
/** Of an entry in `skips` that skips nothing: the first code is too long for the table. */
const SKIP_NOTHING: i32 = 255;

/** Tables 0–3 are for DC, 4–7 for AC. */
const TABLES: i32 = 8;
const VALUES_BYTES: usize = 4 << VALUE_BITS;
const SKIPS_BYTES: usize = 2 << SKIP_BITS;
/** LIMIT, OFFSET: 17 of 4 bytes each; SYMBOLS: 256 bytes. */
const CODES_BYTES: usize = 17 * 4 * 2 + 256;

const values: usize = memory.data(TABLES * (4 << VALUE_BITS));
const skips: usize = memory.data((TABLES / 2) * (2 << SKIP_BITS));
const codes: usize = memory.data(TABLES * (17 * 4 * 2 + 256));
/** Steps of one code each, from which `skips` is chained. */
const steps: usize = memory.data(2 << SKIP_BITS);

/**
 * By the next 11 bits: a code with its extra bits.
 *
 *   bits 16–31 the value | 8–15 how far it is in zigzag order, 128: end of block | 0–7 its length
 *
 * 0: code and extra bits are longer.
 */
export function valuesOf(table: i32): usize {
  return values + (table as usize) * VALUES_BYTES;
}

/**
 * By the next 12 bits: as many codes with their extra bits as fit, for coefficients of no interest.
 *
 *   bits 8–15 coefficients passed, plus 128 where the block ends behind them | 0–7 their length
 */
export function skipsOf(table: i32): usize {
  return skips + ((table - 4) as usize) * SKIPS_BYTES;
}

function codesOf(table: i32): usize {
  return codes + (table as usize) * CODES_BYTES;
}

/**
 * Reads a table definition: 16 counts of codes by length, then the symbols (B.2.4.2). It must have
 * been checked.
 */
export function buildTable(table: i32, definition: usize): void {
  const isAc = table >= 4;
  memory.fill(valuesOf(table), 0, VALUES_BYTES);
  memory.fill(steps, 0, SKIPS_BYTES);
  const symbols = codesOf(table) + 17 * 8;
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    const count = load<u8>(definition + length - 1) as i32;
    const range = codesOf(table) + length * 8;
    store<i32>(range, (code + count) << (16 - length));
    store<i32>(range + 4, index - code);
    for (let n = 0; n < count; n++, code++, index++) {
      const symbol = load<u8>(definition + 16 + index) as i32;
      store<u8>(symbols + index, symbol as u8);
      addValues(table, code, length, symbol);
      if (isAc) addSteps(code, length, symbol);
    }
    code <<= 1;
  }
  if (isAc) chainSteps(skipsOf(table));
}

/** Coefficients that an AC symbol passes: its run of zeros and the one behind them. */
function passed(symbol: i32): i32 {
  return symbol === 0 ? END_OF_BLOCK : (symbol >> 4) + 1;
}

function addValues(table: i32, code: i32, length: i32, symbol: i32): void {
  const extra = symbol & 15;
  const total = length + extra;
  if (total > VALUE_BITS) return;
  const distance = table < 4 ? 0 : passed(symbol);
  const free = VALUE_BITS - total;
  for (let bits = 0; bits < 1 << extra; bits++) {
    const entry = (extend(bits, extra) << 16) | (distance << 8) | total;
    const first = ((code << extra) | bits) << free;
    for (let n = first; n < first + (1 << free); n++) {
      store<i32>(valuesOf(table) + ((n as usize) << 2), entry);
    }
  }
}

function addSteps(code: i32, length: i32, symbol: i32): void {
  const total = length + (symbol & 15);
  if (total > SKIP_BITS) return;
  const first = code << (SKIP_BITS - length);
  const step = ((passed(symbol) << 8) | total) as u16;
  for (let n = first; n < first + (1 << (SKIP_BITS - length)); n++) {
    store<u16>(steps + ((n as usize) << 1), step);
  }
}

function chainSteps(target: usize): void {
  for (let bits = 0; bits < 1 << SKIP_BITS; bits++) {
    let length = 0;
    let distance = 0;
    while (distance < 64) {
      const rest = (bits << length) & ((1 << SKIP_BITS) - 1);
      const step = load<u16>(steps + ((rest as usize) << 1)) as i32;
      const reached = distance + (step >> 8);
      if (step === 0 || length + (step & 255) > SKIP_BITS) break;
      // More than a block has would be taken for the end of one.
      if (reached >= 64 && reached < SKIP_TO_END) break;
      length += step & 255;
      distance = reached;
    }
    const entry = length === 0 ? SKIP_NOTHING << 8 : (distance << 8) | length;
    store<u16>(target + ((bits as usize) << 1), entry as u16);
  }
}

/**
 * DECODE (F.2.2.3) by the next 16 bits, for codes of any length.
 *
 * @returns length << 8 | symbol; 0 when no code begins like this
 */
export function decodeSymbol(table: i32, next16: i32): i32 {
  for (let length = 1; length <= 16; length++) {
    const range = codesOf(table) + length * 8;
    if (next16 >= load<i32>(range)) continue;
    const index = (next16 >> (16 - length)) + load<i32>(range + 4);
    return (length << 8) | load<u8>(codesOf(table) + 17 * 8 + index);
  }
  return 0;
}

/** EXTEND (F.2.2.1): the value that `count` extra bits stand for. */
export function extend(bits: i32, count: i32): i32 {
  return count > 0 && bits < 1 << (count - 1) ? bits - (1 << count) + 1 : bits;
}
