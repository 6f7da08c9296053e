import lookUpZone from '@photostructure/tz-lookup';
import type { CaptureTime, OffsetSource, Position } from '../domain/photo.ts';
import type { ExifTime } from './parse-exif-time.ts';
import { formatOffset, zoneOffsetAt, zoneOffsetAtLocal } from './zone-offset.ts';

type Offset = { readonly utcOffset: string; readonly offsetSource: OffsetSource };

const MINUTE_MS = 60_000;
/** Every offset in use is a multiple of 15 minutes (Nepal +05:45, Chatham +12:45). */
const GRID_MINUTES = 15;
const OFFSET_MIN = -12 * 60;
const OFFSET_MAX = 14 * 60;
/**
 * How far local time less GPS time may lie from a multiple of 15 minutes. Real cameras drift and
 * reuse a fix for up to a minute and a half; of clocks set to anything at all, 2 minutes let
 * through one in four, 5 would let through two in three.
 */
const MAX_RESIDUAL_MINUTES = 2;
const UNKNOWN: CaptureTime = {
  local: null,
  utcOffset: null,
  offsetSource: null,
  capturedAt: null,
};

/**
 * Decides when a photo was taken. EXIF's clock has no zone; its offset from UTC comes from the
 * first of these that is there:
 *
 * 1. `exif`: OffsetTimeOriginal;
 * 2. `gps`: the camera's clock less GPS time, to the nearest 15 minutes, if within 2 minutes of it
 *    and between −12 and +14 hours;
 * 3. `deployment`: the zone of the camera's deployment, at that local time;
 * 4. `position`: the zone of the position, at that local time;
 * 5. none: the local time is kept and the instant is unknown. UTC is never assumed.
 *
 * A photo with GPS time and no DateTimeOriginal: `local` stays null, as no clock was stated, and
 * the instant is GPS's; `utcOffset` is by rungs 1, 3 and 4 what clocks there showed then, and null
 * without them.
 *
 * @param position where the photo was taken, or its camera stood; null when unknown
 * @param deploymentZone IANA name, such as `Africa/Nairobi`
 * @throws RangeError for a deployment zone that does not exist
 */
export function resolveCaptureTime(
  reading: ExifTime,
  position: Position | null,
  deploymentZone?: string | null,
): CaptureTime {
  const { dateTimeOriginal: local, gpsDateTime } = reading;
  if (local === null) return resolveFromGps(reading, position, deploymentZone);
  const offset =
    statedOffset(reading) ??
    gpsOffset(local, gpsDateTime) ??
    zoneOffset(position, deploymentZone, (zone) => zoneOffsetAtLocal(zone, local));
  if (offset === null) return { ...UNKNOWN, local };
  return { local, ...offset, capturedAt: new Date(`${local}${offset.utcOffset}`) };
}

function resolveFromGps(
  reading: ExifTime,
  position: Position | null,
  deploymentZone?: string | null,
): CaptureTime {
  const { gpsDateTime } = reading;
  if (gpsDateTime === null) return UNKNOWN;
  const offset =
    statedOffset(reading) ??
    zoneOffset(position, deploymentZone, (zone) => zoneOffsetAt(zone, gpsDateTime));
  return { ...UNKNOWN, ...offset, capturedAt: gpsDateTime };
}

function statedOffset({ offsetTimeOriginal }: ExifTime): Offset | null {
  if (offsetTimeOriginal === null) return null;
  return { utcOffset: offsetTimeOriginal, offsetSource: 'exif' };
}

function gpsOffset(local: string, gpsDateTime: Date | null): Offset | null {
  if (gpsDateTime === null) return null;
  const minutes = (Date.parse(`${local}Z`) - gpsDateTime.getTime()) / MINUTE_MS;
  const nearest = Math.round(minutes / GRID_MINUTES) * GRID_MINUTES;
  if (nearest < OFFSET_MIN || nearest > OFFSET_MAX) return null;
  if (Math.abs(minutes - nearest) > MAX_RESIDUAL_MINUTES) return null;
  return { utcOffset: formatOffset(nearest), offsetSource: 'gps' };
}

function zoneOffset(
  position: Position | null,
  deploymentZone: string | null | undefined,
  minutesIn: (zone: string) => number,
): Offset | null {
  if (deploymentZone) {
    return { utcOffset: formatOffset(minutesIn(deploymentZone)), offsetSource: 'deployment' };
  }
  if (position === null) return null;
  const zone = lookUpZone(position.latitude, position.longitude);
  return { utcOffset: formatOffset(minutesIn(zone)), offsetSource: 'position' };
}
