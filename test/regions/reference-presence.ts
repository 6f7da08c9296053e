import { cellToParent, gridDisk, latLngToCell } from 'h3-js';
import { PRESENCE_PARAMETERS, presenceOf, shrinkRate } from '../../src/regions/presence.ts';
import type { Records } from './occurrence-files.ts';

const { neighbourWeight, adjacentMonthWeight, minObservations, minPresence } = PRESENCE_PARAMETERS;

/** Presence by `cell month taxon`, computed record by record and with no thought of speed. */
export function computePresence(
  records: readonly Records[],
  resolution: number,
): Map<string, number> {
  const rows = new Map<string, number>();
  const smoothed = [0, 1, 2]
    .filter((depth) => resolution >= depth)
    .map((depth) => smooth(records, resolution - depth));
  const cells = smoothed.flatMap((level) => [...level.keys()]);
  const taxa = [...new Set(records.map(({ species }) => species))];
  const countsAt = (cell: string, taxon: string, weigh: (month: number) => number) => {
    let observations = 0;
    let own = 0;
    for (const { species, month = 0, absent, weight } of smoothed.flatMap(
      (l) => l.get(cell) ?? [],
    )) {
      observations += weight * weigh(month);
      if (species === taxon && !absent) own += weight * weigh(month);
    }
    return { observations, records: own };
  };
  const rateAt = (cell: string, taxon: string, depth: number): number => {
    const parent = cellToParent(cell, Math.max(0, resolution - depth - 1));
    const known = depth + 1 < smoothed.length && smoothed[depth + 1]!.has(parent);
    return shrinkRate(
      countsAt(cell, taxon, () => 1),
      known ? rateAt(parent, taxon, depth + 1) : 0,
    );
  };
  for (const cell of cells) {
    const depth = smoothed.findIndex((level) => level.has(cell));
    for (const taxon of taxa) {
      const rate = rateAt(cell, taxon, depth);
      for (let month = 0; month <= 12; month++) {
        const year = countsAt(cell, taxon, () => 1);
        const counts = month === 0 ? year : countsAt(cell, taxon, (other) => near(month, other));
        const presence = presenceOf(month === 0 ? rate : shrinkRate(counts, rate));
        const surveyed = Math.min(year.observations, counts.observations) >= minObservations;
        if (surveyed && presence >= minPresence) rows.set(`${cell} ${month} ${taxon}`, presence);
      }
    }
  }
  return rows;
}

function near(month: number, other: number): number {
  if (other === 0) return 0;
  const distance = Math.abs(month - other);
  if (distance === 0) return 1;
  return distance === 1 || distance === 11 ? adjacentMonthWeight : 0;
}

function smooth(records: readonly Records[], resolution: number) {
  const level = new Map<string, (Records & { weight: number })[]>();
  for (const record of records) {
    const home = cellToParent(latLngToCell(...record.at, 7), resolution);
    for (const cell of gridDisk(home, 1)) {
      const weight = record.count * (cell === home ? 1 : neighbourWeight);
      level.set(cell, [...(level.get(cell) ?? []), { ...record, weight }]);
    }
  }
  return level;
}
