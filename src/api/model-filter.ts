import type { ReadableModel, Reads } from '../reads.ts';
import { Problem } from './problem.ts';

const REFRESH_MS = 10_000;

/** Knows the registered models. */
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
