import { ancestorOf, type Label, RANKS, taxonKey } from '../domain/taxonomy.ts';
import type { ReadableModel } from '../reads.ts';

/**
 * The labels of models that name one of the taxa or something below it. A name that is none of theirs
 * stands for itself, and finds nothing.
 *
 * @returns null where no taxa were asked for
 */
export function labelsOf(
  taxa: readonly string[] | undefined,
  models: readonly Pick<ReadableModel, 'labels'>[],
): string[] | null {
  if (!taxa) return null;
  const asked = new Set(taxa.map((name) => name.toLowerCase()));
  const keys = new Set(taxa.map(taxonKey));
  const found = new Set(taxa);
  for (const label of models.flatMap(({ labels }) => labels)) {
    for (const name of namesUnder(label, asked, keys)) found.add(name);
  }
  return [...found];
}

/** Of a label's lineage, what is at or below the highest name that was asked for. */
function namesUnder(label: Label, asked: ReadonlySet<string>, keys: ReadonlySet<string>): string[] {
  if (label.kind !== 'animal') {
    return asked.has(label.scientificName.toLowerCase()) ? [label.scientificName] : [];
  }
  const lineage = RANKS.toReversed().flatMap((rank) => ancestorOf(label, rank) ?? []);
  if (lineage.at(-1) !== label.scientificName) lineage.push(label.scientificName);
  const top = lineage.findIndex(
    (name) => keys.has(taxonKey(name)) || asked.has(name.toLowerCase()),
  );
  return top < 0 ? [] : lineage.slice(top);
}
