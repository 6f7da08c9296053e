import type { ExifTags, ExifValue } from './read-exif-tags.ts';

/** What EXIF says of when a photo was taken; nothing in it is converted between zones. */
export interface ExifTime {
  /** The camera's clock, `YYYY-MM-DDTHH:MM:SS[.sss]`, a date that exists; null when not stated. */
  readonly dateTimeOriginal: string | null;
  /** Offset of that clock from UTC, `±HH:MM` within −12:00…+14:00; null when not stated. */
  readonly offsetTimeOriginal: string | null;
  /** GPS date and time, which are UTC; null unless both are there. */
  readonly gpsDateTime: Date | null;
}

const MINUTES_MIN = -12 * 60;
const MINUTES_MAX = 14 * 60;
/** 6 January 1980, when GPS time begins: an earlier date is a receiver that never had a fix. */
const GPS_EPOCH_MS = Date.UTC(1980, 0, 6);
/** A day, and the second that a leap second adds. */
const DAY_SECONDS_MAX = 86_401;

/**
 * Reads the time of capture: DateTimeOriginal, else DateTimeDigitized (exiftool's CreateDate), each
 * with its own offset and fraction of a second. A scan's digitizing is not its taking, but camera
 * photos carry both alike. ModifyDate is never used: it is the time of an edit. Dates that do not
 * exist (`0000:00:00 00:00:00`, blanks, 30 February) count as not stated. Fractions are cut to
 * milliseconds.
 */
export function parseExifTime(tags: ExifTags): ExifTime {
  const gpsDateTime = parseGpsDateTime(tags.GPSDateStamp, tags.GPSTimeStamp);
  const original = parseDateTime(tags.DateTimeOriginal, tags.SubSecTimeOriginal);
  const digitized = parseDateTime(tags.DateTimeDigitized, tags.SubSecTimeDigitized);
  const usesDigitized = original === null && digitized !== null;
  const offset = usesDigitized ? tags.OffsetTimeDigitized : tags.OffsetTimeOriginal;
  return {
    dateTimeOriginal: original ?? digitized,
    offsetTimeOriginal: parseOffset(offset),
    gpsDateTime,
  };
}

function parseDateTime(value?: ExifValue, subSeconds?: ExifValue): string | null {
  const found = /^\s*(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d):(\d\d)(?!\d)/.exec(
    text(value),
  );
  if (found === null) return null;
  const [, year, month, day, hour, minute, second] = found;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  return isReal(local) ? local + fraction(subSeconds) : null;
}

/** Date.parse takes 30 February for 1 March, and year 0 for a year: the way back tells. */
function isReal(local: string): boolean {
  const instant = new Date(`${local}Z`);
  if (Number.isNaN(instant.getTime()) || local.startsWith('0000')) return false;
  return instant.toISOString().startsWith(local);
}

/** SubSecTime holds the digits after the point: `5` is half a second. */
function fraction(value?: ExifValue): string {
  const digits = /^\s*(\d+)\s*$/.exec(text(value))?.[1];
  return digits === undefined ? '' : `.${digits.slice(0, 3).padEnd(3, '0')}`;
}

function parseOffset(value?: ExifValue): string | null {
  const stated = text(value).trim();
  if (stated === 'Z') return '+00:00';
  const [, sign, hours, minutes] = /^([+-])(\d\d):?([0-5]\d)$/.exec(stated) ?? [];
  if (sign === undefined) return null;
  const total = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  if (total < MINUTES_MIN || total > MINUTES_MAX) return null;
  return `${total === 0 ? '+' : sign}${hours}:${minutes}`;
}

function parseGpsDateTime(date?: ExifValue, time?: ExifValue): Date | null {
  const found = /^\s*(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)\s*$/.exec(text(date));
  if (found === null || time === undefined || typeof time === 'string') return null;
  const day = `${found[1]}-${found[2]}-${found[3]}T00:00:00`;
  const seconds = secondsOfDay(time);
  if (!isReal(day) || seconds === null) return null;
  const instantMs = Date.parse(`${day}Z`) + Math.round(seconds * 1000);
  return instantMs < GPS_EPOCH_MS ? null : new Date(instantMs);
}

/** Hours, minutes and seconds, each possibly with a fraction; NaN from a zero denominator. */
function secondsOfDay(time: readonly number[]): number | null {
  const [hours = 0, minutes = 0, seconds = 0] = time;
  const total = hours * 3600 + minutes * 60 + seconds;
  const isSound = time.length === 3 && time.every((part) => part >= 0);
  return isSound && total < DAY_SECONDS_MAX ? total : null;
}

function text(value?: ExifValue): string {
  return typeof value === 'string' ? value : '';
}
