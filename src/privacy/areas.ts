import { cellToLatLng } from 'h3-js';
import type { Box } from '../reads.ts';

/** Of some cells, those whose middle is in a box. */
export function areasIn(box: Box, cells: readonly string[]): string[] {
  return cells.filter((cell) => isInside(cell, box));
}

function isInside(cell: string, [west, south, east, north]: Box): boolean {
  const [latitude, longitude] = cellToLatLng(cell);
  if (latitude < south || latitude > north) return false;
  return west <= east
    ? longitude >= west && longitude <= east
    : longitude >= west || longitude <= east; // over the date line
}
