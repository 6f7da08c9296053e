import { cellToParent, getResolution, latLngToCell } from 'h3-js';
import { PHOTO_CELL_RESOLUTION, type RegionSnapshot } from '../domain/region.ts';
import {
  MIN_OBSERVATIONS,
  type PlaceRecord,
  SNAPSHOT_LEVELS,
  type TaxonPresence,
} from '../domain/region-snapshot.ts';

/** What a lookup needs of the database; see `adapters/postgres-region-snapshots.ts`. */
export interface PlaceFinder {
  findPlace(query: {
    readonly snapshotId: number;
    readonly cells: readonly string[];
    readonly month: number;
    readonly minObservations: number;
  }): Promise<PlaceRecord | null>;
}

/** A place on Earth, and when. */
export interface Place {
  /** Degrees, −90–90. */
  readonly latitude: number;
  /** Degrees, −180–180. */
  readonly longitude: number;
  /** 1–12; default 0, the whole year. */
  readonly month?: number;
}

/** What a snapshot says of a place. */
export interface PlaceFeatures {
  /** H3 cell that answered; the finest one there when unsurveyed. */
  readonly cell: string;
  /** Of that cell. */
  readonly resolution: number;
  /** The month that answered: 1–12, or 0 for the whole year. */
  readonly month: number;
  /** Observations behind the answer, smoothed over the neighbours; 0 when unsurveyed. */
  readonly observations: number;
  readonly surveyed: boolean;
  /** The likeliest first; empty when unsurveyed, which is not to say that nothing lives there. */
  readonly taxa: readonly TaxonPresence[];
}

/**
 * The species list of a place, as the fusing of predictions sees it.
 *
 * @param minObservations what a cell needs to answer. Default, and least, 25; see `MIN_OBSERVATIONS`
 */
export async function lookupPlace(
  places: PlaceFinder,
  snapshot: RegionSnapshot,
  { latitude, longitude, month = 0 }: Place,
  minObservations = MIN_OBSERVATIONS,
): Promise<PlaceFeatures> {
  const fine = latLngToCell(latitude, longitude, PHOTO_CELL_RESOLUTION);
  const cell = cellToParent(fine, snapshot.resolution);
  const levels = Math.min(SNAPSHOT_LEVELS, snapshot.resolution + 1);
  const cells = Array.from({ length: levels }, (_, depth) =>
    cellToParent(cell, snapshot.resolution - depth),
  );
  const place = await places.findPlace({
    snapshotId: snapshot.id,
    cells,
    month,
    minObservations: Math.max(MIN_OBSERVATIONS, minObservations),
  });
  if (!place) {
    const { resolution } = snapshot;
    return { cell, resolution, month: 0, observations: 0, surveyed: false, taxa: [] };
  }
  return { ...place, resolution: getResolution(place.cell), surveyed: true };
}
