import { cellToLatLng } from 'h3-js';
import { LRUCache } from 'lru-cache';
import type { Box } from '../reads.ts';

/**
 * Degrees of latitude, some 22 km: photos of a cell of resolution 5 are nearer to its middle, those in
 * its finer cells that reach over its edge among them.
 */
const REACH = 0.2;
const MAX_KNOWN = 50_000;
const middles = new LRUCache<string, readonly [latitude: number, longitude: number]>({
  max: MAX_KNOWN,
});

/** Of some cells, those whose middle is in a box. */
export function areasIn(box: Box, cells: readonly string[]): string[] {
  return cells.filter((cell) => isInside(middle(cell), box));
}

/** Of some cells of resolution 5, all that may hold a photo in the box, and few others. */
export function areasNear([west, south, east, north]: Box, cells: readonly string[]): string[] {
  const width = west <= east ? east - west : east - west + 360;
  return cells.filter((cell) => {
    const [latitude, longitude] = middle(cell);
    if (latitude < south - REACH || latitude > north + REACH) return false;
    const reach = REACH / Math.max(1e-3, Math.cos(((Math.abs(latitude) + REACH) * Math.PI) / 180));
    const eastward = (((longitude - west + reach) % 360) + 360) % 360;
    return reach > 180 || eastward <= width + 2 * reach;
  });
}

/** The middle of a cell, remembered: maps ask for the same ones again and again. */
export function middle(cell: string): readonly [latitude: number, longitude: number] {
  const known = middles.get(cell);
  if (known) return known;
  const found = cellToLatLng(cell);
  middles.set(cell, found);
  return found;
}

function isInside(
  [latitude, longitude]: readonly [number, number],
  [west, south, east, north]: Box,
): boolean {
  if (latitude < south || latitude > north) return false;
  return west <= east
    ? longitude >= west && longitude <= east
    : longitude >= west || longitude <= east; // over the date line
}
