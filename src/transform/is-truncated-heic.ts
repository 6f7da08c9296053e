/** The boxes that stand at a HEIC file's top level (ISO/IEC 14496-12). */
const TOP_LEVEL_BOXES = new Set(['ftyp', 'meta', 'mdat', 'moov', 'free', 'skip', 'uuid']);
const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

/**
 * Tells whether a HEIC file ends before its boxes do.
 *
 * libheif does not say so: it decodes a picture with half its tiles missing without complaint. The
 * walk ends at the first box of another kind, since some cameras append data that is no box at all,
 * and at a box of size 0, which reaches to the end whatever that is.
 *
 *   box   size 4 | type 4 | size 8 if the first is 1 | content
 */
export function isTruncatedHeic(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    const size = readBoxSize(view, offset);
    if (size === 0) return false;
    offset += size;
  }
  return offset > bytes.length;
}

/** Bytes of the box with its header; 0 when nothing can be said of where it ends. */
function readBoxSize(view: DataView, offset: number): number {
  const type = [4, 5, 6, 7].map((n) => String.fromCharCode(view.getUint8(offset + n))).join('');
  if (!TOP_LEVEL_BOXES.has(type)) return 0;
  const size = view.getUint32(offset);
  if (size !== 1) return size < HEADER_BYTES ? 0 : size;
  if (offset + LARGE_HEADER_BYTES > view.byteLength) return LARGE_HEADER_BYTES;
  return Math.max(Number(view.getBigUint64(offset + HEADER_BYTES)), LARGE_HEADER_BYTES);
}
