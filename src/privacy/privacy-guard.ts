import type { Privacy, ReadableModel, Reads } from '../reads.ts';
import { findSensitiveLabels } from './sensitive-taxa.ts';

/** How long what was sensitive is taken for what is. */
const REFRESH_MS = 15_000;
const EVERYTHING: Privacy = { labels: [], areas: [] };

/** Knows what a reader may not be told exactly, from the list of taxa and from where they were seen. */
export class PrivacyGuard {
  readonly #reads: Pick<Reads, 'listModels' | 'listAreas'>;
  readonly #taxa: ReadonlySet<string>;
  #known: { readonly until: number; readonly privacy: Promise<Privacy> } | null = null;

  constructor(reads: Pick<Reads, 'listModels' | 'listAreas'>, taxa: ReadonlySet<string>) {
    this.#reads = reads;
    this.#taxa = taxa;
  }

  /** @param precise whether the reader may be told everything */
  of(precise: boolean): Promise<Privacy> {
    if (precise || this.#taxa.size === 0) return Promise.resolve(EVERYTHING);
    if (!this.#known || this.#known.until < Date.now()) {
      const privacy = this.#read();
      this.#known = { until: Date.now() + REFRESH_MS, privacy };
      privacy.catch(() => {
        this.#known = null; // the next reader asks again
      });
    }
    return this.#known.privacy;
  }

  async #read(): Promise<Privacy> {
    const models: readonly ReadableModel[] = await this.#reads.listModels();
    const labels = new Set(models.flatMap((m) => [...findSensitiveLabels(this.#taxa, m.labels)]));
    if (labels.size === 0) return EVERYTHING;
    return { labels: [...labels], areas: await this.#reads.listAreas([...labels]) };
  }
}
