import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Database } from '../../src/adapters/postgres-database.ts';
import { openRegionImport } from '../../src/adapters/postgres-region-import.ts';
import { type ImportSummary, importOccurrences } from '../../src/regions/import-occurrences.ts';
import { silentLog } from '../helpers/silent-log.ts';

/** `count` equal rows of a file; absent rows count as effort alone. */
export interface Records {
  readonly at: readonly [latitude: number, longitude: number];
  readonly species: string;
  readonly count: number;
  readonly month?: number;
  readonly absent?: boolean;
}

/** A file that is gone after the test. */
export async function writeTemporary(text: string, name = 'records.csv'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-regions-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

/** Imports a file as the command does, without its words. */
export function importFile(
  database: Database,
  file: string,
  name: string,
  resolution?: number,
): Promise<ImportSummary> {
  const options = { file, name, resolution, log: silentLog };
  return importOccurrences((plan) => openRegionImport(database, plan, silentLog), options);
}

/** Imports records by way of a file of their own; in hooks too. */
export async function importRecords(
  database: Database,
  records: readonly Records[],
  { name = 'test', resolution }: { name?: string; resolution?: number } = {},
): Promise<ImportSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-regions-'));
  try {
    const file = join(folder, 'records.csv');
    await writeFile(file, toCsv(records));
    return await importFile(database, file, name, resolution);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toCsv(records: readonly Records[]): string {
  const rows = records.flatMap(({ at, species, count, month, absent }) =>
    Array(count).fill([species, ...at, month ?? '', absent ? 'absent' : 'present'].join(',')),
  );
  return ['species,latitude,longitude,month,occurrenceStatus', ...rows].join('\n');
}
