import { cellToParent, getResolution } from 'h3-js';
import type { PhotoPlace } from '../reads.ts';
import { middle } from './areas.ts';

/** A position as a reader may be told it. */
export interface ShownPlace {
  /** Degrees; of a coarse place the middle of its cell. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** H3: resolution 7, of a coarse place 5. */
  readonly cell: string | null;
  /** `area`: somewhere in the cell, which is 0.1–0.2° wide. Null without a position. */
  readonly precision: 'exact' | 'area' | null;
}

/** H3 resolution of what is told of a sensitive species: cells with edges of about 10 km. */
export const AREA_RESOLUTION = 5;

/** The position of a photo, coarsened where this reader is not told it exactly. */
export function showPlace(place: PhotoPlace): ShownPlace {
  const { latitude, longitude, cell, area, coarse } = place;
  if (latitude === null || longitude === null) {
    return { latitude: null, longitude: null, cell: null, precision: null };
  }
  if (!coarse) return { latitude, longitude, cell, precision: 'exact' };
  return { ...middleOf(area), cell: area, precision: 'area' };
}

/** A cell as it may be told: itself, or of a coarse place the area around it. */
export function showCell(cell: string | null, coarse: boolean): string | null {
  if (cell === null || !coarse || getResolution(cell) <= AREA_RESOLUTION) return cell;
  return cellToParent(cell, AREA_RESOLUTION);
}

/** The middle of a cell in degrees, to 4 digits; nulls without a cell. */
export function middleOf(cell: string | null): {
  readonly latitude: number | null;
  readonly longitude: number | null;
} {
  if (cell === null) return { latitude: null, longitude: null };
  const [latitude, longitude] = middle(cell);
  return { latitude: Number(latitude.toFixed(4)), longitude: Number(longitude.toFixed(4)) };
}
