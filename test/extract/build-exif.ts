import sharp from 'sharp';

/** Tags of a GPS directory as libvips takes them: rationals as `33/1 30/1 0/1`. */
export type TextTags = Readonly<Record<string, string>>;

/** A small real JPEG with these EXIF tags; IFD2 is the Exif directory, IFD3 the GPS directory. */
export async function jpegWith(gps: TextTags, exif: TextTags = {}, ifd0: TextTags = {}) {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#456' } })
    .jpeg()
    .withExif({ IFD0: ifd0, IFD2: exif, IFD3: gps })
    .toBuffer();
  return new Uint8Array(bytes);
}

/** One entry as it stands in a directory: `value` is the four bytes of the value or its offset. */
export interface RawEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly value: number;
}

/**
 * A little-endian TIFF structure of directories at chosen offsets, and bytes at others: whatever a
 * hostile or broken file may hold, which no library would write.
 */
export function buildTiff(
  size: number,
  directories: Readonly<Record<number, readonly RawEntry[]>>,
  data: Readonly<Record<number, readonly number[] | string>> = {},
): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  for (const [offset, entries] of Object.entries(directories)) {
    bytes.writeUInt16LE(entries.length, Number(offset));
    entries.forEach((entry, n) => {
      const at = Number(offset) + 2 + n * 12;
      bytes.writeUInt16LE(entry.tag, at);
      bytes.writeUInt16LE(entry.type, at + 2);
      bytes.writeUInt32LE(entry.count, at + 4);
      bytes.writeUInt32LE(entry.value, at + 8);
    });
  }
  for (const [offset, content] of Object.entries(data)) {
    if (typeof content === 'string') bytes.write(content, Number(offset), 'latin1');
    else
      for (const [n, number] of content.entries())
        bytes.writeUInt32LE(number, Number(offset) + 4 * n);
  }
  return new Uint8Array(bytes);
}

/** A JPEG of nothing but this EXIF block, which is all that reading EXIF looks at. */
export function wrapInJpeg(block: Uint8Array): Uint8Array {
  const length = block.length + 8;
  const head = [0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 0xff];
  return Uint8Array.from([...head, ...Buffer.from('Exif\0\0'), ...block, 0xff, 0xda, 0, 2]);
}
