import type { ImageFormat } from '../domain/photo.ts';
import { isTruncatedHeic } from './is-truncated-heic.ts';

/**
 * Tells whether a picture that does not decode ends too early, from its own structure. libvips' error
 * texts do not tell: they come from a buffer that pictures decoded at the same time share.
 *
 * TIFF keeps its parts in any order, so nothing is said of it.
 */
export function isTruncated(bytes: Uint8Array, format: ImageFormat): boolean {
  if (format === 'jpeg') return isTruncatedJpeg(bytes);
  if (format === 'png') return isTruncatedPng(bytes);
  if (format === 'gif') return bytes.at(-1) !== GIF_TRAILER;
  if (format === 'webp') return isTruncatedRiff(bytes);
  return (format === 'avif' || format === 'heic') && isTruncatedHeic(bytes);
}

const GIF_TRAILER = 0x3b;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/**
 * Walks the segments to the first scan, past any thumbnail in the EXIF, and looks for the end of the
 * image behind it.
 *
 *   FF xx | length 2 (itself included) | content
 */
function isTruncatedJpeg(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    const marker = view.getUint8(offset + 1);
    if (view.getUint8(offset) !== 0xff) return false; // not a segment: broken, rather than cut off
    if (marker === START_OF_SCAN) return !hasEndOfImage(bytes, offset);
    offset += marker === 0xff ? 1 : 2 + view.getUint16(offset + 2);
  }
  return true;
}

function hasEndOfImage(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === END_OF_IMAGE) return true;
  }
  return false;
}

const PNG_SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk. */
const PNG_CHUNK_OVERHEAD = 12;
const PNG_IEND = 0x49454e44;

/** A PNG is a row of chunks that ends with `IEND`. */
function isTruncatedPng(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  let offset = PNG_SIGNATURE_BYTES;
  while (offset + PNG_CHUNK_OVERHEAD <= bytes.length) {
    if (view.getUint32(offset + 4) === PNG_IEND) return false;
    offset += PNG_CHUNK_OVERHEAD + view.getUint32(offset);
  }
  return true;
}

/** A RIFF file states its length, less the eight bytes that do so. */
function isTruncatedRiff(bytes: Uint8Array): boolean {
  return bytes.length < 12 || viewOf(bytes).getUint32(4, true) + 8 > bytes.length;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
