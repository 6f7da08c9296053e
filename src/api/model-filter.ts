import { ancestorOf, type Label, RANKS, taxonKey } from '../domain/taxonomy.ts';
import type { ReadableModel, Reads } from '../reads.ts';
import { Problem } from './problem.ts';

const REFRESH_MS = 10_000;

/** Knows the registered models, and which of their labels a taxon takes in. */
export class ModelFilter {
  readonly #reads: Pick<Reads, 'listModels'>;
  #known: { readonly until: number; readonly models: Promise<ReadableModel[]> } | null = null;

  constructor(reads: Pick<Reads, 'listModels'>) {
    this.#reads = reads;
  }

  /** @param ref NAME or NAME@VERSION; undefined: those in production. @throws Problem 400 */
  async choose(ref: string | undefined): Promise<ReadableModel[]> {
    const models = await this.#list();
    if (ref === undefined) return models.filter(({ production }) => production);
    const chosen = models.filter(
      ({ name, version }) => ref === name || ref === `${name}@${version}`,
    );
    if (chosen.length > 0) return chosen;
    throw new Problem(
      400,
      `Expected a registered model but there is no ${ref}. \`/v1/models\` lists them.`,
    );
  }

  list(): Promise<ReadableModel[]> {
    return this.#list();
  }

  #list(): Promise<ReadableModel[]> {
    if (!this.#known || this.#known.until < Date.now()) {
      const models = this.#reads.listModels();
      this.#known = { until: Date.now() + REFRESH_MS, models };
      models.catch(() => {
        this.#known = null;
      });
    }
    return this.#known.models;
  }
}

/**
 * The labels of models that name one of the taxa or something below it. A name that is none of theirs
 * stands for itself, and finds nothing.
 *
 * @returns null where no taxa were asked for
 */
export function labelsOf(
  taxa: readonly string[] | undefined,
  models: readonly ReadableModel[],
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
