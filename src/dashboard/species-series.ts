import type { Count, SeenSpecies } from './answers.ts';
import { nameOf } from './format.ts';

export const WIDTHS = ['day', 'week', 'month', 'year'] as const;
/** How much time one column takes in. */
export type Width = (typeof WIDTHS)[number];

/** More cannot be told apart by colour. */
const TOP = 8;
export const OTHERS = 'Others';

/** One label of the chart. */
export interface Series {
  /** Null: what is left over. */
  readonly label: string | null;
  readonly name: string;
  readonly photos: number;
  readonly colour: number;
}

/**
 * The most frequent labels, and the others together. A label that is among the most frequent of all
 * keeps its colour whatever is filtered by.
 */
export function findTop(items: readonly Count[], species: readonly SeenSpecies[]): Series[] {
  const totals = new Map<string, { name: string; photos: number }>();
  for (const item of items) {
    const known = totals.get(item.label ?? '') ?? { name: nameOf(item), photos: 0 };
    known.photos += item.photos;
    totals.set(item.label ?? '', known);
  }
  const sorted = [...totals].sort(([, a], [, b]) => b.photos - a.photos);
  const top = sorted.slice(0, TOP).map(([label]) => label);
  const colours = assignColours(
    top,
    species.slice(0, TOP).map(({ label }) => label),
  );
  const series: Series[] = sorted
    .slice(0, TOP)
    .map(([label, { name, photos }]) => ({ label, name, photos, colour: colours.get(label) ?? 0 }));
  const rest = sorted.slice(TOP).reduce((sum, [, { photos }]) => sum + photos, 0);
  if (rest > 0) series.push({ label: null, name: OTHERS, photos: rest, colour: 0 });
  return series;
}

/** Colours from 1, each once. */
function assignColours(labels: readonly string[], usual: readonly string[]): Map<string, number> {
  const colours = new Map<string, number>();
  for (const label of labels) {
    if (usual.includes(label)) colours.set(label, usual.indexOf(label) + 1);
  }
  const taken = new Set(colours.values());
  const free = Array.from({ length: TOP }, (_, at) => at + 1).filter((at) => !taken.has(at));
  for (const label of labels) {
    if (!colours.has(label)) colours.set(label, free.shift() ?? 0);
  }
  return colours;
}
