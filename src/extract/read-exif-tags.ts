import exifr from 'exifr';
import ExifReader from 'exifreader';
import { readIfd, readTiffHeader, type TiffEntry, type TiffHeader } from './tiff-directory.ts';

/** The tags that are read, by the directory they stand in; names and numbers of EXIF 3.0. */
const TAGS = {
  ifd0: { Make: 0x010f, Model: 0x0110, Orientation: 0x0112 },
  exif: {
    DateTimeOriginal: 0x9003,
    DateTimeDigitized: 0x9004,
    OffsetTimeOriginal: 0x9011,
    OffsetTimeDigitized: 0x9012,
    SubSecTimeOriginal: 0x9291,
    SubSecTimeDigitized: 0x9292,
  },
  gps: {
    GPSLatitudeRef: 0x0001,
    GPSLatitude: 0x0002,
    GPSLongitudeRef: 0x0003,
    GPSLongitude: 0x0004,
    GPSTimeStamp: 0x0007,
    GPSDateStamp: 0x001d,
  },
} as const;

type TagName = { [Ifd in keyof typeof TAGS]: keyof (typeof TAGS)[Ifd] }[keyof typeof TAGS];

/** Text, or numbers; a rational is already divided, so a zero denominator is NaN or ±Infinity. */
export type ExifValue = string | readonly number[];
/** The tags that were found, by their EXIF names; the others are absent. */
export type ExifTags = Readonly<Partial<Record<TagName, ExifValue>>>;

const IFD_NAMES = ['ifd0', 'exif', 'gps'] as const;
const EXIF_POINTER = 0x8769;
const GPS_POINTER = 0x8825;
/** No tag above honestly needs more; a billion claimed values would be allocated before reading. */
const MAX_VALUE_BYTES = 4096;

/** One object for the life of the process: exifr keeps every options object it is ever given. */
const EXIFR_OPTIONS = {
  ifd0: { pick: Object.values(TAGS.ifd0) },
  exif: { pick: Object.values(TAGS.exif) },
  gps: { pick: Object.values(TAGS.gps) },
  mergeOutput: false,
  translateKeys: false,
  translateValues: false,
  // Reviving would read DateTimeOriginal in the host's time zone.
  reviveValues: false,
};

const EXIFREADER_OPTIONS = {
  expanded: true,
  computed: true,
  includeTags: { exif: IFD_NAMES.flatMap((ifd) => Object.keys(TAGS[ifd])) },
} as const;

/**
 * Reads the tags that nightjar uses from a TIFF structure.
 *
 * `exifr` parses it. Where exifr gives up (one unreadable tag ends its whole directory),
 * `exifreader` fills in what is missing.
 *
 * @param block from `findExifBlock`
 * @returns the tags found; `problem` says what was unreadable, null when nothing was
 * @throws Error when a value claims more than 4 KiB, or when neither library reads the block
 */
export async function readExifTags(
  block: Uint8Array,
): Promise<{ tags: ExifTags; problem: string | null }> {
  refuseHugeValues(block);
  const { tags, problem } = await parseWithExifr(block);
  if (problem === null) return { tags, problem };
  return { tags: { ...parseWithExifReader(block), ...tags }, problem };
}

/** Bounds what either library allocates, before it sees the block. */
function refuseHugeValues(block: Uint8Array): void {
  const header = readTiffHeader(block);
  if (header === null) throw new Error('Expected a TIFF header in the EXIF block but found none');
  const ifd0 = readIfd(header, header.ifdOffset);
  refuseHugeValuesIn(ifd0, [...Object.values(TAGS.ifd0), EXIF_POINTER, GPS_POINTER]);
  refuseHugeValuesIn(readSubIfd(header, ifd0, EXIF_POINTER), Object.values(TAGS.exif));
  refuseHugeValuesIn(readSubIfd(header, ifd0, GPS_POINTER), Object.values(TAGS.gps));
}

function readSubIfd(header: TiffHeader, ifd0: readonly TiffEntry[], pointer: number): TiffEntry[] {
  const entry = ifd0.find(({ tag }) => tag === pointer);
  return entry === undefined ? [] : readIfd(header, entry.inlineValue);
}

function refuseHugeValuesIn(entries: readonly TiffEntry[], tags: readonly number[]): void {
  const huge = entries.find(({ tag, size }) => size > MAX_VALUE_BYTES && tags.includes(tag));
  if (huge === undefined) return;
  const tag = `0x${huge.tag.toString(16).padStart(4, '0')}`;
  throw new Error(
    `Expected at most ${MAX_VALUE_BYTES} bytes for EXIF tag ${tag} but it claims ${huge.size}`,
  );
}

async function parseWithExifr(
  block: Uint8Array,
): Promise<{ tags: ExifTags; problem: string | null }> {
  const parsed: unknown = await exifr.parse(block, EXIFR_OPTIONS);
  const directories = (parsed ?? {}) as Record<string, Record<number, unknown> | undefined>;
  const tags: Partial<Record<TagName, ExifValue>> = {};
  for (const ifd of IFD_NAMES) {
    for (const [name, number] of Object.entries(TAGS[ifd])) {
      const value = toExifValue(directories[ifd]?.[number]);
      if (value !== undefined) tags[name as TagName] = value;
    }
  }
  return { tags, problem: describeErrors(directories.errors) };
}

function describeErrors(errors: unknown): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return null;
  return errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');
}

function parseWithExifReader(block: Uint8Array): ExifTags {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const { exif } = ExifReader.loadView(view, EXIFREADER_OPTIONS);
  const found = Object.entries(exif ?? {}) as [string, { computed?: unknown }][];
  const values = found.map(([name, tag]) => [name, toExifValue(tag.computed)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function toExifValue(value: unknown): ExifValue | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
  const values: unknown[] = Array.from(value as ArrayLike<unknown>);
  return values.every((item) => typeof item === 'number') ? values : undefined;
}
