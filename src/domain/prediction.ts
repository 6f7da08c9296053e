import type { FusionMode } from './region.ts';
import type { LabelKind, Rank } from './taxonomy.ts';

/** A label's index with its score, 0–1. */
export interface ScoredLabel {
  readonly index: number;
  readonly score: number;
}

/**
 * Why the answer is what it is:
 * - `vision`: the picture alone; the region was not asked or had nothing to say;
 * - `region_weighted`, `region_masked`: the region was asked and agrees with the picture's first;
 * - `region_demoted`: the picture's first does not live there; a label the picture supports does;
 * - `rolled_up:RANK`: no single label holds, but their common ancestor does;
 * - `blank`, `human`, `vehicle`, `other`: no animal, in the model's own words;
 * - `unknown`: below every threshold.
 */
export type Decision =
  | 'vision'
  | 'region_weighted'
  | 'region_masked'
  | 'region_demoted'
  | `rolled_up:${Rank}`
  | Exclude<LabelKind, 'animal'>
  | 'unknown';

/** A final answer with the evidence it was made from. */
export interface Prediction {
  /** Scientific name of a taxon, or `blank`, `human`, `vehicle`, `unknown`. */
  readonly label: string;
  readonly commonName: string | null;
  readonly rank: Rank | 'none';
  /** 0–1. */
  readonly score: number;
  readonly decision: Decision;
  /** The picture's first label before the region was asked. */
  readonly visionLabel: string;
  readonly visionScore: number;
  /** Regional presence of `label`, 0–1; null where the region was not asked about it. */
  readonly presence: number | null;
  /** Regional presence of `visionLabel`, 0–1; null likewise. */
  readonly visionPresence: number | null;
  readonly regionCell: string | null;
  readonly regionMonth: number | null;
  readonly fusion: FusionMode | 'none';
  /** At most the 20 highest scores the model gave, highest first, before anything was fused. */
  readonly rawScores: readonly ScoredLabel[];
}

/** Thresholds of a model package; scores 0–1. */
export interface DecisionThresholds {
  /** A single label must reach this. Default 0.5. */
  readonly minScore: number;
  /** The summed score of an ancestor must reach this. Default 0.65, SpeciesNet's. */
  readonly rollUpScore: number;
  /**
   * A label that takes the place of an absent first must have at least this vision score of its own:
   * a weak second is not promoted. Default 0.1.
   */
  readonly minSupport: number;
}

/** How many raw scores are kept, and all that a decision may look at, so that it can be made again. */
export const KEPT_SCORES = 20;
