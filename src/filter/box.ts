import type { Box } from '../reads.ts';

/** What a box should look like, for whoever wrote another. */
export const BOX_EXAMPLE = 'west,south,east,north in degrees, like 16.2,-25.1,32.9,-21.4';

/** Reads `west,south,east,north` in degrees, as in GeoJSON. @returns null where it is no box */
export function parseBox(text: string): Box | null {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [west = NaN, south = NaN, east = NaN, north = NaN, ...more] = numbers;
  const good =
    more.length === 0 &&
    Math.abs(west) <= 180 &&
    Math.abs(east) <= 180 &&
    south >= -90 &&
    north <= 90 &&
    south <= north;
  return good ? [west, south, east, north] : null;
}
