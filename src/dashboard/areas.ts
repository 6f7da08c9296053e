import type { Count, Counts } from './answers.ts';
import { ApiError, ask, type Parameters } from './api.ts';
import type { CountryFinder } from './world.ts';

/** Photos of one area, by decision. */
export interface Area {
  /** Null: photos without a position. */
  readonly id: string | null;
  readonly latitude: number;
  readonly longitude: number;
  readonly country: string;
  readonly photos: number;
  readonly byDecision: ReadonlyMap<string, number>;
}

/** H3 resolutions of areas: about a degree wide, and coarser where those are too many. */
const RESOLUTIONS = [3, 2];

/** Counts by area and decision, as fine as the API gives them in one answer. */
export async function fetchAreaCounts(
  query: Parameters,
  signal: AbortSignal,
  resolutions: readonly number[] = RESOLUTIONS,
): Promise<readonly Count[]> {
  const [resolution = 2, ...coarser] = resolutions;
  try {
    const by = 'area,decision';
    return (await ask<Counts>('/v1/stats/daily', { ...query, by, resolution }, signal)).items;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 422) || coarser.length === 0) throw error;
    return fetchAreaCounts(query, signal, coarser);
  }
}

/** Counts put together by area, the one with the most photos first. */
export function groupAreas(counts: readonly Count[], finder: CountryFinder): Area[] {
  const byId = new Map<string | null, Count[]>();
  for (const count of counts) {
    const id = count.area ?? null;
    const known = byId.get(id);
    if (known) known.push(count);
    else byId.set(id, [count]);
  }
  return [...byId]
    .map(([id, rows]) => toArea(id, rows, finder))
    .sort((a, b) => b.photos - a.photos);
}

function toArea(id: string | null, rows: readonly Count[], finder: CountryFinder): Area {
  const { latitude, longitude } = rows[0] as Count;
  const placed = typeof latitude === 'number' && typeof longitude === 'number';
  return {
    id,
    latitude: latitude ?? 0,
    longitude: longitude ?? 0,
    country: placed ? finder.find(longitude, latitude) : 'No position',
    photos: rows.reduce((total, { photos }) => total + photos, 0),
    byDecision: new Map(rows.map(({ decision, photos }) => [decision ?? '', photos])),
  };
}

/** What areas have in common: their country. The one with the most photos first. */
export function groupCountries(areas: readonly Area[]) {
  const countries = new Map<string, { photos: number; byDecision: Map<string, number> }>();
  for (const { country, photos, byDecision } of areas) {
    const known = countries.get(country) ?? { photos: 0, byDecision: new Map() };
    known.photos += photos;
    for (const [decision, count] of byDecision) {
      known.byDecision.set(decision, (known.byDecision.get(decision) ?? 0) + count);
    }
    countries.set(country, known);
  }
  return [...countries]
    .map(([name, { photos, byDecision }]) => ({ name, photos, byDecision }))
    .sort((a, b) => b.photos - a.photos);
}
