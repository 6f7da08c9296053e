import type { RegionSnapshot } from './region.ts';
import { taxonKey } from './taxonomy.ts';

/**
 * Observations (smoothed over the neighbours, so fractional) a cell needs before it may answer; with
 * fewer, a coarser cell is asked, and at the last the place is unsurveyed. Among 25 records a species
 * that makes up a tenth of them is missing once in 14 times (0.9^25). A month of a cell answers for
 * itself under the same condition, else the cell's whole year does. Snapshots hold no presence for
 * less, for it would be most of their rows; so whoever asks can demand more, but not be content with
 * fewer.
 */
export const MIN_OBSERVATIONS = 25;

/** Resolutions a snapshot holds: its own and the next coarser ones, as far as H3 goes (0). */
export const SNAPSHOT_LEVELS = 3;

/** How presence is made from counts; recorded with each snapshot. See `regions/presence.ts`. */
export interface PresenceParameters {
  /** Weight of an observation in each neighbouring cell, where one in the cell itself weighs 1. */
  readonly neighbourWeight: number;
  /** Weight of an observation of the month before or after, where one of the month weighs 1. */
  readonly adjacentMonthWeight: number;
  /** Observations that the coarser cell's (or the whole year's) word is worth. */
  readonly shrinkage: number;
  /** Presence answers for this many further records. */
  readonly recordsAhead: number;
  /** Presences below this are not stored, 0–1. */
  readonly minPresence: number;
  /** Presence is stored for cells, and months of them, with at least so many observations. */
  readonly minObservations: number;
}

/** Observations of one taxon in one cell of the finest resolution and one month. */
export interface OccurrenceCount {
  readonly cell: string;
  /** 1–12; 0 where the records carry no month. */
  readonly month: number;
  /** As `snapshotTaxon` writes it; null for observed absences, which are effort alone. */
  readonly taxon: string | null;
  readonly observations: number;
}

/** What an import begins with. */
export interface ImportPlan {
  readonly name: string;
  /** H3 resolution of the finest cells, 0–7. */
  readonly resolution: number;
  readonly fileName: string;
  readonly parameters: PresenceParameters;
}

/** What a completed import stored. */
export interface ImportResult {
  readonly snapshot: RegionSnapshot;
  /** Distinct taxa that were seen. */
  readonly taxa: number;
  /** Cells of the finest resolution with at least one observation of their own. */
  readonly cells: number;
  /** Rows of effort: cells of every resolution, those that only have surveyed neighbours too. */
  readonly effortRows: number;
  /** Rows of presence: cell × month × taxon. */
  readonly presenceRows: number;
}

/** A snapshot as people look at it. */
export interface RegionSnapshotRecord extends RegionSnapshot {
  readonly fileName: string;
  /** Rows that were counted. */
  readonly records: number;
  /** Rows that were not. */
  readonly badRecords: number;
  readonly taxa: number;
  readonly cells: number;
  readonly createdAt: Date;
  /** Null while its import runs, or when it died: it answers nothing. */
  readonly completedAt: Date | null;
  /** Sorted. */
  readonly aliases: readonly string[];
}

/** One line of a place's species list. */
export interface TaxonPresence {
  readonly taxon: string;
  /** 0–1, see `RegionalFeatures.presence`. */
  readonly presence: number;
}

/** What a snapshot knows of one place. */
export interface PlaceRecord {
  /** The cell that answered. */
  readonly cell: string;
  /** The month that answered: 1–12, or 0 for the whole year. */
  readonly month: number;
  /** Observations behind the answer, smoothed over the neighbours. */
  readonly observations: number;
  /** The likeliest first. */
  readonly taxa: readonly TaxonPresence[];
}

/**
 * The name a snapshot keeps a taxon under: its `taxonKey` with a capital.
 *
 * `Panthera onca (Linnaeus, 1758)` → `Panthera onca`.
 */
export function snapshotTaxon(scientificName: string): string {
  const key = taxonKey(scientificName);
  return key.charAt(0).toUpperCase() + key.slice(1);
}
