import type { ScoredLabel } from '../domain/prediction.ts';
import { ancestorOf, type Label, RANKS, type Rank } from '../domain/taxonomy.ts';

/** A taxon above the species with the summed score of the labels below it. */
export interface Ancestor {
  readonly name: string;
  readonly rank: Rank;
  /** 0–1. */
  readonly score: number;
}

/**
 * The lowest ancestor whose summed score reaches the threshold: SpeciesNet's rule, over the scores
 * given. Only animals take part. Null when not even the kingdom reaches it.
 *
 * @param admits an ancestor is only answered when it admits at least one of the labels below it
 */
export function rollUp(
  scores: readonly ScoredLabel[],
  labels: readonly Label[],
  threshold: number,
  admits: (label: Label) => boolean = () => true,
): Ancestor | null {
  const animals = scores.flatMap(({ index, score }) => {
    const label = labels[index];
    return label?.kind === 'animal' ? [{ label, score }] : [];
  });
  for (const rank of RANKS.slice(1)) {
    const sums = new Map<string, number>();
    for (const { label, score } of animals) {
      const name = ancestorOf(label, rank);
      if (name) sums.set(name, (sums.get(name) ?? 0) + score);
    }
    const [name, score] = highest(sums);
    if (name === null || score < threshold) continue;
    const below = labels.filter((l) => l.kind === 'animal' && ancestorOf(l, rank) === name);
    if (below.some(admits)) return { name, rank, score: Math.min(1, score) };
  }
  return null;
}

function highest(sums: ReadonlyMap<string, number>): [string | null, number] {
  let best: [string | null, number] = [null, 0];
  for (const [name, sum] of sums) if (sum > best[1]) best = [name, sum];
  return best;
}
