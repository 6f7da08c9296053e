import { NightjarError } from '../domain/errors.ts';

/** Where the columns of an occurrence file are, from 0; null for those it lacks. */
export interface OccurrenceColumns {
  readonly latitude: number;
  readonly longitude: number;
  /** A binomial without author (GBIF), or the epithet alone, or whatever the file's maker meant. */
  readonly species: number | null;
  readonly scientificName: number | null;
  readonly date: number | null;
  readonly month: number | null;
  /** Darwin Core's `present` or `absent`. */
  readonly occurrenceStatus: number | null;
  /** 0 or 1. */
  readonly presence: number | null;
  /** Fields of each row. */
  readonly width: number;
}

/** The usual names of each column, in lower case, without spaces and underscores; the first wins. */
const NAMES = {
  latitude: ['decimallatitude', 'latitude', 'lat'],
  longitude: ['decimallongitude', 'longitude', 'lon', 'lng', 'long'],
  species: ['species'],
  scientificName: ['scientificname', 'taxon'],
  date: ['eventdate', 'observedon', 'observationdate', 'date'],
  month: ['month'],
  occurrenceStatus: ['occurrencestatus'],
  presence: ['presence'],
} as const;

/**
 * Finds the columns in a header, whatever the case of its names (`SCIENTIFIC NAME`, `scientific_name`
 * and `scientificName` are one).
 *
 * @throws REGIONS_INVALID when there is no position or no name of a taxon
 */
export function findColumns(header: readonly string[]): OccurrenceColumns {
  const found = header.map((name) => name.toLowerCase().replace(/[\s_]/g, ''));
  const indexOf = (names: readonly string[]) =>
    names.map((name) => found.indexOf(name)).find((index) => index >= 0) ?? null;
  const latitude = indexOf(NAMES.latitude);
  const longitude = indexOf(NAMES.longitude);
  const species = indexOf(NAMES.species);
  const scientificName = indexOf(NAMES.scientificName);
  if (latitude === null || longitude === null || (species ?? scientificName) === null) {
    throw missing(header);
  }
  return {
    latitude,
    longitude,
    species,
    scientificName,
    date: indexOf(NAMES.date),
    month: indexOf(NAMES.month),
    occurrenceStatus: indexOf(NAMES.occurrenceStatus),
    presence: indexOf(NAMES.presence),
    width: header.length,
  };
}

function missing(header: readonly string[]): NightjarError {
  const shown = header.slice(0, 60).map((name) => name.slice(0, 60));
  return new NightjarError(
    'REGIONS_INVALID',
    'Expected the columns decimalLatitude (or latitude, lat), decimalLongitude (or longitude, lon, ' +
      'lng) and scientificName (or species, taxon), separated by commas or tabs, but received ' +
      `${shown.join(', ') || 'an empty header'}. Rename the columns in the file's first line.`,
  );
}
