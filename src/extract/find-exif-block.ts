import ExifReader from 'exifreader';
import type { ImageFormat } from '../domain/photo.ts';
import { readTiffHeader } from './tiff-directory.ts';

/** A JPEG's EXIF follows its first bytes; whatever lies further in is not looked at. */
const JPEG_HEAD_BYTES = 512 * 1024;
const START_OF_SCAN = 0xda;
/** Of four components, which is the most. */
const SCAN_HEADER_BYTES = 16;
/** EXIF is at most 64 KiB in JPEG and rarely more elsewhere; a longer block is read up to here. */
const MAX_EXIF_BYTES = 1024 * 1024;
/** What may stand between a block's start and its TIFF header: a length, `Exif\0\0`, a chunk head. */
const MAX_PREFIX_BYTES = 32;

/** Asks exifreader for places alone: an empty list of tags keeps it from reading any value. */
const PLACES_ONLY = {
  expanded: true as const,
  includeOffsets: true,
  includeTags: { exif: [] },
};

/**
 * Finds the TIFF structure that holds a photo's EXIF, in whatever container.
 *
 * The containers are walked by `exifreader`, which bounds what it reads; `exifr`, which parses the
 * block faster, loops for ever on a HEIF box of length 0 and knows no WebP.
 *
 * @returns the block from its `II`/`MM` on; a copy of at most 1 MiB, so that no reader can look past
 *   it into other photos' memory — except for TIFF, where offsets reach anywhere and the whole file
 *   is the block, uncopied. Null when the photo has no EXIF.
 * @throws Error when the container is broken or its EXIF block is none
 */
export function findExifBlock(bytes: Uint8Array, format: ImageFormat): Uint8Array | null {
  if (format === 'gif') return null;
  if (readTiffHeader(bytes)?.big) throw new Error('Expected TIFF for EXIF but received BigTIFF');
  if (format === 'tiff' || format === 'raw') return requireTiff(bytes);
  const place = findPlace(format === 'jpeg' ? bytes.subarray(0, measureJpegHead(bytes)) : bytes);
  if (place === undefined) return null;
  return trimPrefix(bytes.subarray(place.start, Math.min(place.end, place.start + MAX_EXIF_BYTES)));
}

/**
 * Bytes before a JPEG's picture, with the first of it (ITU T.81, B.1.1): what exifreader is given it copies,
 * which for a whole photo would take longer than all the rest of reading it.
 */
function measureJpegHead(bytes: Uint8Array): number {
  const most = Math.min(bytes.length, JPEG_HEAD_BYTES);
  for (let at = 2; at + 4 <= most && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    if (marker === START_OF_SCAN) return Math.min(at + SCAN_HEADER_BYTES, most);
    // Filling and markers without a length are rare enough.
    if (marker < 0xc0 || marker === 0xff) break;
    at += 2 + (bytes[at + 2] as number) * 256 + (bytes[at + 3] as number);
  }
  return most;
}

/** RW2 and ORF alter TIFF's header, RAF and CR3 are no TIFF: their pixels are not read either. */
function requireTiff(bytes: Uint8Array): Uint8Array {
  if (readTiffHeader(bytes) !== null) return bytes;
  throw new Error('Expected a file built on TIFF for EXIF but received another kind');
}

function findPlace(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const { metadataRange } = ExifReader.loadView(view, PLACES_ONLY);
    return metadataRange?.blocks.find((block) => block.type === 'exif');
  } catch (error) {
    // How exifreader says that a sound picture has no metadata of any kind.
    if (error instanceof ExifReader.errors.MetadataMissingError) return undefined;
    throw error;
  }
}

function trimPrefix(block: Uint8Array): Uint8Array {
  for (let start = 0; start <= MAX_PREFIX_BYTES; start++) {
    const rest = block.subarray(start);
    const header = readTiffHeader(rest);
    // A Buffer's slice() would be a view of the same memory: the constructor copies.
    if (header !== null && !header.big) return new Uint8Array(rest);
  }
  throw new Error('Expected a TIFF header in the EXIF block but found none');
}
