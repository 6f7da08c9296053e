import type { Position, PositionProblem } from '../domain/photo.ts';
import type { ExifTags, ExifValue } from './read-exif-tags.ts';

/** A position as EXIF states it: believed, refused with the reason, or not there (all null). */
export interface ExifPosition {
  /** Decimal degrees, south negative; null together with `longitude`. */
  readonly latitude: number | null;
  /** Decimal degrees, west negative. */
  readonly longitude: number | null;
  readonly positionProblem: PositionProblem | null;
}

const ABSENT: ExifPosition = { latitude: null, longitude: null, positionProblem: null };

/**
 * Reads the position of the GPS directory, believing only what is stated in full.
 *
 * 1. Neither latitude nor longitude: no position, no problem (references alone are no position).
 * 2. `invalid`: one of the two missing; anything but one to three numbers (degrees, minutes,
 *    seconds); a negative part; a zero denominator; a reference that is not N or S, E or W. A
 *    lower-case reference is taken, as exiftool does: it breaks the standard but not the meaning.
 * 3. `out_of_range`: beyond ±90° or ±180°.
 * 4. `null_island`: exactly 0, 0, which is a receiver without a fix. 0 on one axis is a place.
 *
 * Positions in XMP are not looked at: they may be those of whoever edited the file.
 */
export function parseExifPosition(tags: ExifTags): ExifPosition {
  if (tags.GPSLatitude === undefined && tags.GPSLongitude === undefined) return ABSENT;
  const latitude = parseDegrees(tags.GPSLatitude, tags.GPSLatitudeRef, { N: 1, S: -1 });
  const longitude = parseDegrees(tags.GPSLongitude, tags.GPSLongitudeRef, { E: 1, W: -1 });
  if (latitude === null || longitude === null) return { ...ABSENT, positionProblem: 'invalid' };
  const positionProblem = judge({ latitude, longitude });
  return positionProblem === null
    ? { latitude, longitude, positionProblem }
    : { ...ABSENT, positionProblem };
}

function judge({ latitude, longitude }: Position): PositionProblem | null {
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return 'out_of_range';
  return latitude === 0 && longitude === 0 ? 'null_island' : null;
}

function parseDegrees(
  parts: ExifValue | undefined,
  reference: ExifValue | undefined,
  signs: Readonly<Record<string, 1 | -1>>,
): number | null {
  if (parts === undefined || typeof parts === 'string' || typeof reference !== 'string')
    return null;
  const sign = signs[reference.trim().toUpperCase()];
  const isSound = parts.every((part) => Number.isFinite(part) && part >= 0);
  if (sign === undefined || !isSound || parts.length < 1 || parts.length > 3) return null;
  const [degrees = 0, minutes = 0, seconds = 0] = parts;
  // Adding 0 turns the −0 of a southern or western zero into 0.
  return sign * (degrees + minutes / 60 + seconds / 3600) + 0;
}
