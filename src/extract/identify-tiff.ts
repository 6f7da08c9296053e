import { readIfd, readTiffHeader, type TiffEntry } from './tiff-directory.ts';

const NEW_SUBFILE_TYPE = 0x00fe;
const PHOTOMETRIC_INTERPRETATION = 0x0106;
const SUB_IFDS = 0x014a;
const DNG_VERSION = 0xc612;

/** Colour filter array and linear raw: pixels that are not yet a picture (TIFF/EP, DNG 1.6). */
const RAW_PHOTOMETRICS = new Set([32803, 34892]);

/**
 * Tells a TIFF picture from a camera's RAW file in TIFF's clothes; null when it is neither.
 *
 * RAW is: Canon's mark `CR` at offset 8; a DNGVersion; unfinished pixels in the first directory
 * (PEF, some DNG); or a first directory that is only a preview with the real one below it (NEF,
 * NRW, ARW, SRW). A plain or pyramidal TIFF has the full picture first. BigTIFF counts as TIFF.
 */
export function identifyTiff(bytes: Uint8Array): 'tiff' | 'raw' | null {
  const header = readTiffHeader(bytes);
  if (header === null) return null;
  if (header.big) return 'tiff';
  if (bytes[8] === 0x43 && bytes[9] === 0x52) return 'raw';
  return isRaw(readIfd(header, header.ifdOffset)) ? 'raw' : 'tiff';
}

function isRaw(entries: readonly TiffEntry[]): boolean {
  const values = new Map(entries.map((entry) => [entry.tag, entry.inlineValue]));
  const isPreview = ((values.get(NEW_SUBFILE_TYPE) ?? 0) & 1) === 1;
  return (
    values.has(DNG_VERSION) ||
    RAW_PHOTOMETRICS.has(values.get(PHOTOMETRIC_INTERPRETATION) ?? -1) ||
    (isPreview && values.has(SUB_IFDS))
  );
}
