/** Ranks from the lowest to the highest; a roll-up answers with the lowest that holds. */
export const RANKS = ['species', 'genus', 'family', 'order', 'class', 'kingdom'] as const;

/** A taxonomic rank. */
export type Rank = (typeof RANKS)[number];

/** What a label stands for; only animals take part in regional fusing and in rolling up. */
export const LABEL_KINDS = ['animal', 'human', 'vehicle', 'blank', 'other'] as const;

/** The kind of a label. */
export type LabelKind = (typeof LABEL_KINDS)[number];

/** One class of a model: a row of its `labels.csv`. Empty ranks are null. */
export interface Label {
  /** Position in the model's output, from 0. */
  readonly index: number;
  readonly scientificName: string;
  readonly commonName: string | null;
  readonly class: string | null;
  readonly order: string | null;
  readonly family: string | null;
  readonly genus: string | null;
  /** The epithet, not the binomial. */
  readonly species: string | null;
  readonly kind: LabelKind;
}

/**
 * The name that regional records and labels meet on: genus and epithet in lower case, without
 * author, year, subspecies or hybrid mark. A single word (a genus, a family) is kept as it is.
 *
 * `Panthera onca (Linnaeus, 1758)` → `panthera onca`; `Vulpes vulpes fulva` → `vulpes vulpes`.
 */
export function taxonKey(scientificName: string): string {
  const words = scientificName.normalize('NFC').replace(/[×_]/g, ' ').trim().split(/\s+/);
  const [genus = '', epithet = ''] = words;
  return /^[\p{Ll}-]+$/u.test(epithet) ? `${genus} ${epithet}`.toLowerCase() : genus.toLowerCase();
}

/** The lowest rank a label names: `species` for a binomial, and so on; `kingdom` for a bare animal. */
export function rankOf(label: Label): Rank {
  if (label.species) return 'species';
  return RANKS.find((rank) => rank !== 'kingdom' && label[rank]) ?? 'kingdom';
}

/** The name of a label's ancestor at a rank, or null where its row leaves the rank empty. */
export function ancestorOf(label: Label, rank: Rank): string | null {
  if (rank === 'kingdom') return 'Animalia';
  return rank === 'species' ? label.scientificName : label[rank];
}
