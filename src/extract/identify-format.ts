import type { ImageFormat } from '../domain/photo.ts';
import { identifyTiff } from './identify-tiff.ts';

/** A signature: these characters (Latin-1) at this offset. */
type Signature = readonly [format: ImageFormat, offset: number, text: string];

const SIGNATURES: readonly Signature[] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['gif', 0, 'GIF87a'],
  ['gif', 0, 'GIF89a'],
  ['jxl', 0, '\xff\x0a'],
  ['jxl', 0, '\0\0\0\x0cJXL \r\n\x87\n'],
  ['raw', 0, 'FUJIFILMCCD-RAW'],
  ['raw', 0, 'IIU\0'], // Panasonic RW2
  ['raw', 0, 'IIRO'], // Olympus ORF, in three variants
  ['raw', 0, 'IIRS'],
  ['raw', 0, 'MMOR'],
];

const AVIF_BRANDS = new Set(['avif', 'avis', 'avio']);
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
/** Majors that say "HEIF" and leave the codec to the compatible brands (ISO/IEC 23008-12). */
const CODECLESS_BRANDS = new Set(['mif1', 'mif2', 'msf1', 'miaf']);
/** More compatible brands than this are not looked at; real files carry fewer than ten. */
const MAX_BRANDS = 64;

/**
 * Names a picture's format by its bytes, never by the file's name.
 *
 * Looks at the head only, except for TIFF, whose first directory tells a RAW file (CR2, DNG, NEF,
 * ARW, …) from a plain picture. Reads at most a few kilobytes and copies none.
 *
 * @param bytes the file from its first byte; more than the first 64 KiB is rarely needed
 * @returns null for anything that is not one of these pictures, among it every video
 */
export function identifyFormat(bytes: Uint8Array): ImageFormat | null {
  for (const [format, offset, text] of SIGNATURES) {
    if (latin1(bytes, offset, text.length) === text) return format;
  }
  if (latin1(bytes, 0, 4) === 'RIFF' && latin1(bytes, 8, 4) === 'WEBP') return 'webp';
  if (latin1(bytes, 4, 4) === 'ftyp') return identifyIsoMedia(bytes);
  return identifyTiff(bytes);
}

/** AVIF, HEIC and Canon's CR3 share one container and differ in the brands of its first box. */
function identifyIsoMedia(bytes: Uint8Array): ImageFormat | null {
  const major = latin1(bytes, 8, 4);
  if (major === 'crx ') return 'raw';
  if (AVIF_BRANDS.has(major)) return 'avif';
  if (HEIC_BRANDS.has(major)) return 'heic';
  if (!CODECLESS_BRANDS.has(major)) return null;
  // A HEIF that names no codec at all is left to the HEIC decoder, which reads several.
  return compatibleBrands(bytes).some((brand) => AVIF_BRANDS.has(brand)) ? 'avif' : 'heic';
}

function compatibleBrands(bytes: Uint8Array): string[] {
  const boxSize = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  const end = Math.min(boxSize, bytes.length, 16 + 4 * MAX_BRANDS);
  const brands: string[] = [];
  for (let offset = 16; offset + 4 <= end; offset += 4) brands.push(latin1(bytes, offset, 4));
  return brands;
}

function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
