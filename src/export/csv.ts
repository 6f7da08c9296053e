import { stringify } from 'csv-stringify/sync';
import type { ShownPrediction } from '../privacy/show-prediction.ts';

/** Columns, in their order; they only ever grow at the end. */
const COLUMNS = [
  'photoId',
  'source',
  'key',
  'capturedAt',
  'capturedLocal',
  'utcOffset',
  'latitude',
  'longitude',
  'cell',
  'precision',
  'locationStatus',
  'label',
  'commonName',
  'rank',
  'score',
  'decision',
  'visionLabel',
  'visionScore',
  'presence',
  'visionPresence',
  'model',
  'regions',
  'run',
  'predictedAt',
] as const satisfies readonly (keyof ShownPrediction)[];

/** A spreadsheet takes a text that begins like this for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** The first line; RFC 4180 but for line feeds. */
export const CSV_HEADER = stringify([[...COLUMNS]]);

/** A line a prediction. Names of files get an apostrophe where a spreadsheet would run them. */
export function toCsvLines(predictions: readonly ShownPrediction[]): string {
  return stringify(
    predictions.map((prediction) => {
      const key = FORMULA.test(prediction.key) ? `'${prediction.key}` : prediction.key;
      const shown = { ...prediction, key };
      return COLUMNS.map((column) => shown[column]);
    }),
  );
}
