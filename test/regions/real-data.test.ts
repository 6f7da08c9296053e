import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test as it } from 'vitest';
import { postgresRegionSnapshots } from '../../src/adapters/postgres-region-snapshots.ts';
import { lookupPlace } from '../../src/regions/lookup.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { importFile } from './occurrence-files.ts';

/** Real records, kept out of the repository; `NIGHTJAR_SHARED_DATA` says where else they are. */
const folder = resolve(
  process.env.NIGHTJAR_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data'),
  'geo',
);
const present = existsSync(folder);
if (!present) {
  console.error(`SKIPPED real occurrence records: ${folder} is absent, set NIGHTJAR_SHARED_DATA`);
}

describe.skipIf(!present)(`real occurrence records${present ? '' : ` (no ${folder})`}`, () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  it('of birds give the Atlantic Forest its birds and leave the Sahara unsurveyed', async () => {
    const file = join(folder, 'atlantic_birds_occurrence.csv');
    const { snapshot, ...summary } = await importFile(test.database, file, 'birds');
    expect(summary).toMatchObject({ rows: 149_974, observations: 149_974, badRows: 0 });
    expect(summary.taxa).toBeGreaterThan(1000);
    expect(snapshot.hasMonths).toBe(false);
    const places = postgresRegionSnapshots(test.database);
    const forest = await lookupPlace(places, snapshot, { latitude: -24.58, longitude: -48.58 });
    expect(forest).toMatchObject({ surveyed: true, resolution: 4 });
    expect(forest.taxa.length).toBeGreaterThan(150);
    expect(forest.taxa.length).toBeLessThan(600);
    const best = forest.taxa.slice(0, 20).map(({ taxon }) => taxon);
    expect(best).toEqual(
      expect.arrayContaining(['Chiroxiphia caudata', 'Xiphorhynchus fuscus', 'Turdus albicollis']),
    );
    const order = forest.taxa.map(({ presence }) => presence);
    expect(order).toEqual([...order].sort((a, b) => b - a));
    const sahara = await lookupPlace(places, snapshot, { latitude: 23, longitude: 10 });
    expect(sahara).toMatchObject({ surveyed: false, taxa: [] });
  });

  it('of camera traps count their absences as effort', async () => {
    const file = join(folder, 'atlantic_camtraps_records.csv');
    const { snapshot, ...summary } = await importFile(test.database, file, 'camera-traps');
    expect(summary).toMatchObject({ rows: 14_110, absences: 11_862, badRows: 0 });
    const places = postgresRegionSnapshots(test.database);
    const forest = await lookupPlace(places, snapshot, { latitude: -24.58, longitude: -48.58 });
    const taxa = forest.taxa.map(({ taxon }) => taxon);
    expect(taxa).toEqual(expect.arrayContaining(['Eira barbara', 'Tapirus terrestris']));
    expect(taxa.indexOf('Cerdocyon thous')).toBeLessThan(taxa.indexOf('Puma concolor'));
  });
});
