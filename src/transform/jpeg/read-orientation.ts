/** `Exif`, which two zeros follow; then a TIFF structure. */
const EXIF = 0x45786966;
const PREFIX_BYTES = 6;
const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const ORIENTATION = 0x0112;
const SHORT = 3;

/**
 * Reads the orientation in a JPEG's EXIF segment: 1–8, and 1 where there is none (EXIF 2.3, 4.6.4).
 *
 *   'Exif' 0 0 | 'II' or 'MM' | 42 | offset of the first directory
 *   directory: count | count × (tag 2, type 2, values 4, the value 4)
 *
 * @returns null for a segment with anything odd about it, of which readers think differently
 */
export function readOrientation(segment: Uint8Array): number | null {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  if (view.byteLength < PREFIX_BYTES + HEADER_BYTES + 2) return null;
  if (view.getUint32(0) !== EXIF || view.getUint16(4) !== 0) return null;
  const order = view.getUint16(PREFIX_BYTES);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(PREFIX_BYTES + 2, little) !== 42) return null;
  const directory = PREFIX_BYTES + view.getUint32(PREFIX_BYTES + 4, little);
  if (directory < PREFIX_BYTES + HEADER_BYTES || directory + 2 > view.byteLength) return null;
  const count = view.getUint16(directory, little);
  if (directory + 2 + count * ENTRY_BYTES > view.byteLength) return null;
  let orientation: number | undefined;
  for (let n = 0; n < count; n++) {
    const entry = directory + 2 + n * ENTRY_BYTES;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const isOne =
      view.getUint16(entry + 2, little) === SHORT && view.getUint32(entry + 4, little) === 1;
    const value = view.getUint16(entry + 8, little);
    if (!isOne || value < 1 || value > 8 || orientation !== undefined) return null;
    orientation = value;
  }
  return orientation ?? 1;
}
