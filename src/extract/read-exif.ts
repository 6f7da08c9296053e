import type { ImageFormat } from '../domain/photo.ts';
import { findExifBlock } from './find-exif-block.ts';
import { type ExifPosition, parseExifPosition } from './parse-exif-position.ts';
import { type ExifTime, parseExifTime } from './parse-exif-time.ts';
import { type ExifTags, type ExifValue, readExifTags } from './read-exif-tags.ts';

/** What a photo's EXIF says, checked but not yet interpreted. */
export interface ExifReading extends ExifPosition, ExifTime {
  /** 1–8 as in EXIF; 1 where the photo does not say, or says something else. */
  readonly orientation: number;
  /** Trimmed, without control characters, at most 128 characters; null when empty. */
  readonly cameraMake: string | null;
  readonly cameraModel: string | null;
  /** Why the metadata could not be read, or not all of it; null when all was well. For a person. */
  readonly metadataProblem: string | null;
}

const CAMERA_NAME_MAX = 128;
const PROBLEM_MAX = 500;

/**
 * Reads a photo's EXIF from its bytes: position, times, orientation, camera.
 *
 * Never rejects: metadata that cannot be read leaves its fields null and says so in
 * `metadataProblem`, since a photo with broken EXIF may still show an animal. Touches neither disk
 * nor network. Takes about 0.1 ms for a JPEG.
 *
 * @param bytes the whole file; not kept
 * @param format from `identifyFormat`
 */
export async function readExif(bytes: Uint8Array, format: ImageFormat): Promise<ExifReading> {
  const { tags, problem } = await readTags(bytes, format);
  return {
    ...parseExifPosition(tags),
    ...parseExifTime(tags),
    orientation: parseOrientation(tags.Orientation),
    cameraMake: parseName(tags.Make),
    cameraModel: parseName(tags.Model),
    metadataProblem: problem === null ? null : cleanText(problem, PROBLEM_MAX),
  };
}

async function readTags(
  bytes: Uint8Array,
  format: ImageFormat,
): Promise<{ tags: ExifTags; problem: string | null }> {
  try {
    const block = findExifBlock(bytes, format);
    return block === null ? { tags: {}, problem: null } : await readExifTags(block);
  } catch (error) {
    return { tags: {}, problem: error instanceof Error ? error.message : String(error) };
  }
}

function parseOrientation(value?: ExifValue): number {
  const stated = typeof value === 'string' ? undefined : value?.[0];
  const isValid = Number.isInteger(stated) && Number(stated) >= 1 && Number(stated) <= 8;
  return isValid ? Number(stated) : 1;
}

function parseName(value?: ExifValue): string | null {
  return (typeof value === 'string' && cleanText(value, CAMERA_NAME_MAX)) || null;
}

/** Without the NULs that PostgreSQL refuses; cut between characters, never within one. */
function cleanText(value: string, maxLength: number): string {
  const printable = value.replace(/\p{C}/gu, ' ').replace(/\s+/g, ' ').trim();
  return Array.from(printable.slice(0, 2 * maxLength))
    .slice(0, maxLength)
    .join('');
}
