import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { packagePath } from '../adapters/package-files.ts';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { parseTaxa } from '../privacy/sensitive-taxa.ts';

/** An installation's own list, in the folder nightjar is started from; the one that ships otherwise. */
const LIST = 'config/sensitive-taxa.csv';

/**
 * The taxa whose positions are told coarsely: of the file that the settings name, else of the
 * installation's own list, else of the one that ships.
 *
 * @throws CONFIGURATION_INVALID where the file that was named is none: no list must never mean no secrets
 */
export function readSensitiveTaxa(file: string | null, cwd: string): Set<string> {
  const own = resolve(cwd, file ?? LIST);
  const path = file !== null || existsSync(own) ? own : packagePath(LIST);
  try {
    const [header = [], ...rows]: string[][] = parse(readFileSync(path, 'utf8'), {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    if (header[0]?.toLowerCase() === 'taxon') return parseTaxa(rows);
    throw new Error(`its first line begins with "${header[0] ?? ''}"`);
  } catch (error) {
    throw new NightjarError(
      'CONFIGURATION_INVALID',
      `Expected a CSV with a header whose first column is taxon in ${path} but: ${messageOf(error)}`,
    );
  }
}
