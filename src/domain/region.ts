/**
 * Presences below this are as good as absent, and none is ever taken as less, so that a record that
 * is missing can lower an answer but never delete it. Source: iNaturalist's geo fusing, 0.005.
 */
export const MIN_PRESENCE = 0.005;

/** H3 resolution of `photos.cell`: hexagons of about 5 km², finer than any regional snapshot. */
export const PHOTO_CELL_RESOLUTION = 7;

/** What the region is asked: a cell, and a month 1–12, or 0 where the month is unknown. */
export interface RegionQuery {
  readonly cell: string;
  readonly month: number;
}

/** Which animals live in one place, aligned to one model's labels. */
export interface RegionalFeatures {
  /** The cell that answered: the one asked for, or a coarser one around it. */
  readonly cell: string;
  /** The month that answered: 1–12, or 0 for the whole year. */
  readonly month: number;
  /**
   * `[labels]`, 0–1: how likely the taxon is to be among the next records made there. NaN where the
   * snapshot has nothing to say: labels that are no animals, and whole classes it does not cover.
   */
  readonly presence: Float32Array;
}

/** How the region's word and the picture's are put together; see `model/fuse-region.ts`. */
export const FUSION_MODES = ['weighted', 'mask'] as const;

/** A way of fusing. */
export type FusionMode = (typeof FUSION_MODES)[number];

/** A snapshot as a run pins it. */
export interface RegionSnapshot {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  /** H3 resolution of its finest cells. */
  readonly resolution: number;
  readonly hasMonths: boolean;
}
