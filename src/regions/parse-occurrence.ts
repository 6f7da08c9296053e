import { snapshotTaxon } from '../domain/region-snapshot.ts';
import type { OccurrenceColumns } from './occurrence-columns.ts';
import { type ParsedMonth, parseEventMonth, parseMonthNumber } from './parse-month.ts';

/** Why a row is not counted. */
export type BadReason =
  | 'wrong_field_count'
  | 'position_missing'
  | 'position_invalid'
  | 'position_out_of_range'
  | 'null_island'
  | 'taxon_missing'
  | 'taxon_unreadable'
  | 'date_unreadable'
  | 'date_impossible'
  | 'presence_unreadable';

/** One observation: this taxon was seen, or looked for in vain, at this place. */
export interface Occurrence {
  /** Degrees, −90–90. */
  readonly latitude: number;
  /** Degrees, −180–180. */
  readonly longitude: number;
  /** As `snapshotTaxon` writes it. */
  readonly taxon: string;
  /** 1–12; 0 where it is not known. */
  readonly month: number;
  /** False for a recorded absence. */
  readonly present: boolean;
}

/** A row that says nothing, and the value to blame. */
export interface BadOccurrence {
  readonly bad: BadReason;
  readonly value: string;
}

/** What programs write where they have no value. */
const EMPTY = new Set(['', 'na', 'n/a', 'null', 'none', '\\n', '-']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const TAXON = /^\p{Lu}[\p{L}\p{M}.'’-]*( [\p{Ll}-]+)?$/u;

/**
 * Reads one row of an occurrence file. An empty date is no fault: the record counts for the whole
 * year. A date that is there and cannot be read is one, because it would hide the season.
 */
export function parseOccurrence(
  fields: readonly string[],
  columns: OccurrenceColumns,
): Occurrence | BadOccurrence {
  if (fields.length !== columns.width) {
    return bad('wrong_field_count', `${fields.length} of ${columns.width}`);
  }
  const position = parsePosition(
    valueAt(fields, columns.latitude),
    valueAt(fields, columns.longitude),
  );
  if ('bad' in position) return position;
  const taxon = parseTaxon(fields, columns);
  if (typeof taxon !== 'string') return taxon;
  const date = parseMonth(fields, columns);
  if ('bad' in date) return date;
  const present = parsePresent(fields, columns);
  if (typeof present !== 'boolean') return present;
  return { ...position, taxon, month: date.month, present };
}

function parsePosition(
  latitudeText: string,
  longitudeText: string,
): { latitude: number; longitude: number } | BadOccurrence {
  const value = `${latitudeText}, ${longitudeText}`;
  if (latitudeText === '' || longitudeText === '') return bad('position_missing', value);
  if (!NUMBER.test(latitudeText) || !NUMBER.test(longitudeText)) {
    return bad('position_invalid', value);
  }
  const latitude = Number(latitudeText);
  const longitude = Number(longitudeText);
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
    return bad('position_out_of_range', value);
  }
  return latitude === 0 && longitude === 0 ? bad('null_island', value) : { latitude, longitude };
}

/** `species` where it holds a binomial, for it carries no author; else `scientificName`. */
function parseTaxon(fields: readonly string[], columns: OccurrenceColumns): string | BadOccurrence {
  const species = valueAt(fields, columns.species);
  const scientificName = valueAt(fields, columns.scientificName);
  const name = species.includes(' ') ? species : scientificName || species;
  if (name === '') return bad('taxon_missing', '');
  const taxon = snapshotTaxon(name);
  return TAXON.test(taxon) ? taxon : bad('taxon_unreadable', name);
}

function parseMonth(
  fields: readonly string[],
  columns: OccurrenceColumns,
): { readonly month: number } | BadOccurrence {
  const date = valueAt(fields, columns.date);
  const month = valueAt(fields, columns.month);
  const ofDate: ParsedMonth = date === '' ? { month: 0 } : parseEventMonth(date);
  if ('bad' in ofDate) return bad(ofDate.bad, date);
  if (ofDate.month > 0 || month === '') return ofDate;
  const ofColumn = parseMonthNumber(month);
  return 'bad' in ofColumn ? bad(ofColumn.bad, month) : ofColumn;
}

function parsePresent(
  fields: readonly string[],
  columns: OccurrenceColumns,
): boolean | BadOccurrence {
  if (valueAt(fields, columns.occurrenceStatus).toLowerCase() === 'absent') return false;
  if (columns.presence === null) return true;
  const value = valueAt(fields, columns.presence).toLowerCase();
  if (value === 'true') return true;
  if (value === 'false') return false;
  return NUMBER.test(value) ? Number(value) > 0 : bad('presence_unreadable', value);
}

function valueAt(fields: readonly string[], index: number | null): string {
  const value = index === null ? '' : (fields[index] ?? '').trim();
  return EMPTY.has(value.toLowerCase()) ? '' : value;
}

function bad(reason: BadReason, value: string): BadOccurrence {
  return { bad: reason, value: value.slice(0, 120) };
}
