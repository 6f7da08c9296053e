/**
 * A TIFF structure, as in TIFF files and in every EXIF block (TIFF 6.0, section 2):
 *
 *   header   'II' or 'MM' | 42 (43: BigTIFF) | offset of the first directory
 *   IFD      count | count × (tag 2, type 2, values 4, the value or its offset 4) | next IFD
 */
export interface TiffHeader {
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** BigTIFF: 64-bit offsets, which nothing here reads. */
  readonly big: boolean;
  readonly ifdOffset: number;
}

/** One entry of a directory; its value is not read, only how much it claims. */
export interface TiffEntry {
  readonly tag: number;
  /** Bytes that the value claims: 0 … 2³² × 8; NaN for a type that does not exist. */
  readonly size: number;
  /** The first number of a value stored in the entry itself, else the offset of the value. */
  readonly inlineValue: number;
}

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const SHORT = 3;
/** Bytes of a value by type: 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG, 5 RATIONAL … 12 DOUBLE, 13 IFD. */
const TYPE_BYTES = [Number.NaN, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/** Reads the eight bytes a TIFF structure starts with; null when they are not such a header. */
export function readTiffHeader(bytes: Uint8Array): TiffHeader | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const littleEndian = order === 0x4949;
  const version = view.getUint16(2, littleEndian);
  if (version !== 42 && version !== 43) return null;
  const ifdOffset = view.getUint32(4, littleEndian);
  return { view, littleEndian, big: version === 43, ifdOffset };
}

/**
 * Lists the entries of one directory, as many as really lie within the bytes (65,535 at most).
 * Follows no pointer, so a directory that points at itself costs nothing.
 */
export function readIfd(header: TiffHeader, ifdOffset: number): TiffEntry[] {
  const { view, littleEndian } = header;
  if (ifdOffset < HEADER_BYTES || ifdOffset + 2 > view.byteLength) return [];
  const declared = view.getUint16(ifdOffset, littleEndian);
  const present = Math.floor((view.byteLength - ifdOffset - 2) / ENTRY_BYTES);
  return Array.from({ length: Math.min(declared, present) }, (_, index) =>
    readEntry(header, ifdOffset + 2 + index * ENTRY_BYTES),
  );
}

function readEntry({ view, littleEndian }: TiffHeader, offset: number): TiffEntry {
  const type = view.getUint16(offset + 2, littleEndian);
  const size = view.getUint32(offset + 4, littleEndian) * (TYPE_BYTES[type] ?? Number.NaN);
  const inlineValue =
    type === SHORT
      ? view.getUint16(offset + 8, littleEndian)
      : view.getUint32(offset + 8, littleEndian);
  return { tag: view.getUint16(offset, littleEndian), size, inlineValue };
}
