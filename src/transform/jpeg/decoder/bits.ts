// The entropy-coded data of a scan (ITU T.81, B.1.1.5 and F.2.2.5).

/** The next bits, the first of them highest; `bitCount` of them are valid. */
export let bitBuffer: u64 = 0;
export let bitCount: i32 = 0;
/** What is read next, and where the segment ends. */
export let nextByte: usize = 0;
let segmentEnd: usize = 0;

/** Of the last segment: the marker that ended it, and what follows that. */
export let marker: i32 = 0;
export let afterMarker: usize = 0;

/**
 * Opens the segment at `from`: takes the stuffed zero bytes out, in place, up to the next marker.
 *
 * @returns false when there is no marker before `to`
 */
export function openSegment(from: usize, to: usize): bool {
  let source = from;
  let target = from;
  while (source < to) {
    const sixteen = v128.load(source);
    const found = i8x16.bitmask(i8x16.eq(sixteen, i8x16.splat(-1)));
    if (found === 0) {
      v128.store(target, sixteen);
      source += 16;
      target += 16;
      continue;
    }
    const plain = ctz(found);
    for (let n = 0; n < plain; n++) store<u8>(target + n, load<u8>(source + n));
    const follows = load<u8>(source + plain + 1);
    source += plain + 2;
    target += plain;
    if (source > to) return false;
    if (follows !== 0) {
      marker = follows;
      afterMarker = source;
      setBits(0, 0, from);
      segmentEnd = target;
      return true;
    }
    store<u8>(target++, 0xff);
  }
  return false;
}

export function setBits(buffer: u64, count: i32, at: usize): void {
  bitBuffer = buffer;
  bitCount = count;
  nextByte = at;
}

/** Bits of the segment that were not read; negative when more were read than there are. */
export function bitsLeft(): i32 {
  return ((segmentEnd as i32) - (nextByte as i32)) * 8 + bitCount;
}

/** The next eight bytes, the first of them highest. */
export function loadBytes(from: usize): u64 {
  const bytes = v128.load64_zero(from);
  const turned = i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0);
  return i64x2.extract_lane(turned, 0) as u64;
}
