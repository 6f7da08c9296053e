import type { ScoredLabel } from '../domain/prediction.ts';
import { type FusionMode, MIN_PRESENCE } from '../domain/region.ts';
import type { Label } from '../domain/taxonomy.ts';

/**
 * Puts the picture's scores and the region's presences together.
 *
 * - `weighted` (iNaturalist): vision × max(presence, 0.005);
 * - `mask` (BirdNET, Antenna): vision where the presence is at least 0.005, else 0.
 *
 * Then the animals are scaled so that their sum stays what it was: the region says which animal it
 * is, never whether there is one, so `blank` and `human` keep their scores. Labels that the region
 * says nothing about (NaN) keep their weight. Where nothing that the picture shows lives there
 * (`mask`, sum 0), every animal scores 0.
 *
 * @param scores vision scores, highest first
 * @param presence `[labels]`, 0–1 or NaN
 * @returns the same labels, highest fused score first; ties in the order of vision
 */
export function fuseRegion(
  scores: readonly ScoredLabel[],
  labels: readonly Label[],
  presence: Float32Array,
  mode: FusionMode,
): ScoredLabel[] {
  const isAnimal = ({ index }: ScoredLabel) => labels[index]?.kind === 'animal';
  const weighed = scores.map((scored) =>
    isAnimal(scored)
      ? { ...scored, score: scored.score * weightOf(presence[scored.index] ?? Number.NaN, mode) }
      : scored,
  );
  const before = sumOf(scores.filter(isAnimal));
  const after = sumOf(weighed.filter(isAnimal));
  const scale = after > 0 ? before / after : 0;
  return weighed
    .map((scored) => (isAnimal(scored) ? { ...scored, score: scored.score * scale } : scored))
    .sort((a, b) => b.score - a.score);
}

function weightOf(presence: number, mode: FusionMode): number {
  if (Number.isNaN(presence)) return 1;
  if (mode === 'weighted') return Math.max(presence, MIN_PRESENCE);
  return presence >= MIN_PRESENCE ? 1 : 0;
}

function sumOf(scores: readonly ScoredLabel[]): number {
  return scores.reduce((sum, { score }) => sum + score, 0);
}
