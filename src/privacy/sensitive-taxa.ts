import { ancestorOf, type Label, RANKS, taxonKey } from '../domain/taxonomy.ts';

/**
 * The labels of a model that name a sensitive taxon or something below it, at any rank that a roll-up may
 * answer with: for the family of rhinoceroses, that is the family, its genera and its species.
 *
 * @param taxa scientific names, at any rank
 */
export function findSensitiveLabels(
  taxa: ReadonlySet<string>,
  labels: readonly Label[],
): Set<string> {
  const found = new Set<string>();
  for (const label of labels) {
    if (label.kind !== 'animal') continue;
    let sensitive = false;
    // From the top down: what is below a sensitive taxon is sensitive.
    for (const rank of RANKS.toReversed()) {
      const name = ancestorOf(label, rank);
      if (name === null) continue;
      sensitive ||= taxa.has(taxonKey(name));
      if (sensitive) found.add(name);
    }
    sensitive ||= taxa.has(taxonKey(label.scientificName));
    if (sensitive) found.add(label.scientificName);
  }
  return found;
}

/** The names in a list of taxa: the first column of a CSV with a header, as `taxonKey` has them. */
export function parseTaxa(rows: readonly (readonly string[])[]): Set<string> {
  return new Set(rows.map(([name = '']) => taxonKey(name)).filter(Boolean));
}
