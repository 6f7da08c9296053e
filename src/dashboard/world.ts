import { type ExtendedFeature, type GeoGeometryObjects, geoBounds, geoContains } from 'd3';
import { feature } from 'topojson-client';
import { ask } from './api.ts';

export type Country = ExtendedFeature<GeoGeometryObjects, { readonly name: string }>;
type Atlas = Parameters<typeof feature>[0];

/** Addresses of the outlines, set by build/dashboard.js. */
declare const COUNTRIES_110M: string;
declare const COUNTRIES_50M: string;

/** Degrees: the middle of an area on the coast may lie in the sea. */
const NEAR = 0.7;
const AROUND = [
  [0, 0],
  [NEAR, 0],
  [-NEAR, 0],
  [0, NEAR],
  [0, -NEAR],
  [NEAR, NEAR],
  [NEAR, -NEAR],
  [-NEAR, NEAR],
  [-NEAR, -NEAR],
] as const;

const loaded = new Map<string, Promise<readonly Country[]>>();

/** The countries' outlines; fetched once. @param detail `110m` is coarse and small, `50m` for close views */
export function loadCountries(detail: '110m' | '50m'): Promise<readonly Country[]> {
  const known = loaded.get(detail);
  if (known) return known;
  const loading = ask<Atlas>(detail === '50m' ? COUNTRIES_50M : COUNTRIES_110M).then(
    (atlas) =>
      (feature(atlas, atlas.objects.countries as never) as unknown as { features: Country[] })
        .features,
  );
  loaded.set(detail, loading);
  loading.catch(() => loaded.delete(detail));
  return loading;
}

/** Tells in which country a place is, as far as coarse outlines can. */
export class CountryFinder {
  readonly #countries: readonly { country: Country; bounds: ReturnType<typeof geoBounds> }[];
  readonly #known = new Map<string, string>();

  constructor(countries: readonly Country[]) {
    this.#countries = countries.map((country) => ({ country, bounds: geoBounds(country) }));
  }

  /** @returns the name, or `Elsewhere` for the sea and islands that the map leaves out */
  find(longitude: number, latitude: number): string {
    const place = `${longitude},${latitude}`;
    const known = this.#known.get(place);
    if (known) return known;
    const name = AROUND.reduce<string | null>(
      (found, [east, north]) => found ?? this.#nameAt(longitude + east, latitude + north),
      null,
    );
    this.#known.set(place, name ?? 'Elsewhere');
    return name ?? 'Elsewhere';
  }

  #nameAt(longitude: number, latitude: number): string | null {
    const found = this.#countries.find(
      ({ country, bounds }) =>
        isWithin(longitude, latitude, bounds) && geoContains(country, [longitude, latitude]),
    );
    return found?.country.properties.name ?? null;
  }
}

function isWithin(
  longitude: number,
  latitude: number,
  [[west, south], [east, north]]: ReturnType<typeof geoBounds>,
): boolean {
  if (latitude < south || latitude > north) return false;
  return west <= east
    ? longitude >= west && longitude <= east
    : longitude >= west || longitude <= east;
}
