import {
  type Decision,
  type DecisionThresholds,
  KEPT_SCORES,
  type Prediction,
  type ScoredLabel,
} from '../domain/prediction.ts';
import { type FusionMode, MIN_PRESENCE, type RegionalFeatures } from '../domain/region.ts';
import { type Label, rankOf } from '../domain/taxonomy.ts';
import { fuseRegion } from './fuse-region.ts';
import { rollUp } from './roll-up.ts';

/** What a decision is made with, the same for every photo of a run. */
export interface DecisionRules {
  readonly labels: readonly Label[];
  readonly thresholds: DecisionThresholds;
  readonly fusion: FusionMode;
}

type Answer = Pick<Prediction, 'label' | 'commonName' | 'rank' | 'score' | 'decision' | 'presence'>;

/**
 * From scores to an answer. Reads nothing but the highest 20 scores and the presences, so that the
 * decision can be made again from what is stored.
 *
 * 1. The picture's first is no animal and reaches `minScore` → `blank`, `human`, `vehicle`, `other`.
 * 2. No word from the region → the picture's first animal, if it reaches `minScore` → `vision`.
 * 3. The fused first is the picture's first, reaches `minScore` and lives there (or the region has
 *    no word on it) → `region_weighted`/`region_masked`.
 * 4. The fused first is another, and besides has a vision score of at least `minSupport` →
 *    `region_demoted`. A weak second is not promoted for living in the right place.
 * 5. Otherwise the lowest ancestor of the vision scores that reaches `rollUpScore` and, where the
 *    region was asked, has something that lives there below it → `rolled_up:RANK`.
 * 6. Otherwise → `unknown`.
 *
 * @param scores the 20 highest vision scores, highest first
 */
export function decide(
  scores: readonly ScoredLabel[],
  regional: RegionalFeatures | null,
  rules: DecisionRules,
): Prediction {
  const first = scores[0];
  const visionLabel = first && rules.labels[first.index];
  if (!first || !visionLabel) throw new RangeError('Expected at least one score but received none');
  const answer =
    decideNoAnimal(first, visionLabel, rules) ??
    decideSpecies(scores, regional, rules) ??
    decideAncestor(scores, regional, rules) ??
    unknown(first);
  return {
    ...answer,
    visionLabel: visionLabel.scientificName,
    visionScore: first.score,
    visionPresence: presenceOf(visionLabel, regional),
    regionCell: regional?.cell ?? null,
    regionMonth: regional?.month ?? null,
    fusion: regional ? rules.fusion : 'none',
    rawScores: scores,
  };
}

/** The highest `KEPT_SCORES` of a row of scores, highest first; ties by index. */
export function keepHighest(row: Float32Array): ScoredLabel[] {
  const kept: ScoredLabel[] = [];
  for (let index = 0; index < row.length; index++) {
    const score = row[index] as number;
    const last = kept[KEPT_SCORES - 1];
    if (last && score <= last.score) continue;
    let at = kept.length;
    while (at > 0 && (kept[at - 1] as ScoredLabel).score < score) at--;
    kept.splice(at, 0, { index, score });
    if (kept.length > KEPT_SCORES) kept.pop();
  }
  return kept;
}

function decideNoAnimal(
  first: ScoredLabel,
  label: Label,
  { thresholds }: DecisionRules,
): Answer | null {
  if (label.kind === 'animal' || first.score < thresholds.minScore) return null;
  return {
    label: label.kind === 'other' ? label.scientificName : label.kind,
    commonName: label.commonName,
    rank: 'none',
    score: first.score,
    decision: label.kind,
    presence: null,
  };
}

function decideSpecies(
  scores: readonly ScoredLabel[],
  regional: RegionalFeatures | null,
  { labels, thresholds, fusion }: DecisionRules,
): Answer | null {
  const animals = scores.filter(({ index }) => labels[index]?.kind === 'animal');
  const fused = regional ? fuseRegion(animals, labels, regional.presence, fusion) : animals;
  const vision = animals[0];
  const winner = fused[0];
  const label = winner && labels[winner.index];
  if (!vision || !winner || !label || winner.score < thresholds.minScore) return null;
  const presence = presenceOf(label, regional);
  if (presence !== null && presence < MIN_PRESENCE) return null;
  const demoted = winner.index !== vision.index;
  const support = animals.find(({ index }) => index === winner.index)?.score ?? 0;
  if (demoted && support < thresholds.minSupport) return null;
  return {
    label: label.scientificName,
    commonName: label.commonName,
    rank: rankOf(label),
    score: Math.min(1, winner.score),
    decision: nameDecision(regional !== null, demoted, fusion),
    presence,
  };
}

function nameDecision(asked: boolean, demoted: boolean, fusion: FusionMode): Decision {
  if (!asked) return 'vision';
  if (demoted) return 'region_demoted';
  return fusion === 'weighted' ? 'region_weighted' : 'region_masked';
}

function decideAncestor(
  scores: readonly ScoredLabel[],
  regional: RegionalFeatures | null,
  { labels, thresholds }: DecisionRules,
): Answer | null {
  const livesThere = (label: Label) => (presenceOf(label, regional) ?? 1) >= MIN_PRESENCE;
  const ancestor = rollUp(scores, labels, thresholds.rollUpScore, livesThere);
  if (!ancestor) return null;
  return {
    label: ancestor.name,
    commonName: null,
    rank: ancestor.rank,
    score: ancestor.score,
    decision: `rolled_up:${ancestor.rank}`,
    presence: null,
  };
}

function unknown(first: ScoredLabel): Answer {
  return {
    label: 'unknown',
    commonName: null,
    rank: 'none',
    score: first.score,
    decision: 'unknown',
    presence: null,
  };
}

/** Presence of a label, or null where the region was not asked or says nothing about it. */
function presenceOf(label: Label, regional: RegionalFeatures | null): number | null {
  const presence = regional?.presence[label.index];
  return presence === undefined || Number.isNaN(presence) ? null : presence;
}
