import { MIN_PRESENCE } from '../domain/region.ts';
import { MIN_OBSERVATIONS, type PresenceParameters } from '../domain/region-snapshot.ts';

/*
 * From counts to presence. The import's SQL (sql/queries/region-import-*.sql) computes the same over
 * whole tables; a test compares the two row by row.
 *
 *   n, N    records of the taxon, observations of anything (absences too), in the cell and, at half
 *           weight, in its six neighbours: a border between cells means nothing to an animal
 *   rate    (n + β · rate of the coarser cell) / (N + β)
 *   month   n and N of the month and, at half weight, of the months around it; its rate is shrunk
 *           towards the cell's own rate of the whole year in the same way
 *   presence  1 − exp(−100 · rate)
 */

/**
 * The parameters of every snapshot made by this version.
 *
 * - `shrinkage` (β) 50: a cell with 50 observations is believed as much as the coarser cell around
 *   it, one with 500 ten times as much. The coarsest level is shrunk towards 0: there β stands for 50
 *   unseen records of other taxa, so that one vagrant in a short list is no resident.
 * - `recordsAhead` 100: a taxon of 1% of the records has presence 0.63, one of 0.1% has 0.1; common
 *   species saturate near 1, where how common they are should no longer matter.
 */
export const PRESENCE_PARAMETERS: PresenceParameters = {
  neighbourWeight: 0.5,
  adjacentMonthWeight: 0.5,
  shrinkage: 50,
  recordsAhead: 100,
  minPresence: MIN_PRESENCE,
  minObservations: MIN_OBSERVATIONS,
};

/** Counts of one taxon in one place, smoothed. */
export interface SmoothedCounts {
  /** Records of the taxon, ≥ 0. */
  readonly records: number;
  /** Observations of anything, ≥ `records`. */
  readonly observations: number;
}

/**
 * The taxon's share of the records, 0–1: its share here, shrunk towards `parentRate` by as much as
 * little was observed. The mean of a beta distribution whose prior is the coarser cell.
 *
 * @param parentRate the rate of the coarser cell, or of the year for a month; 0 for the coarsest
 */
export function shrinkRate(
  counts: SmoothedCounts,
  parentRate: number,
  { shrinkage }: Pick<PresenceParameters, 'shrinkage'> = PRESENCE_PARAMETERS,
): number {
  return (counts.records + shrinkage * parentRate) / (counts.observations + shrinkage);
}

/**
 * How likely the taxon is to be among the next `recordsAhead` records made there, 0–1, for its share
 * of the records: the chance of at least one event of a Poisson process.
 */
export function presenceOf(
  rate: number,
  { recordsAhead }: Pick<PresenceParameters, 'recordsAhead'> = PRESENCE_PARAMETERS,
): number {
  return -Math.expm1(-recordsAhead * rate);
}
