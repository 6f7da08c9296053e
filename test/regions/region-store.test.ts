import { cellToLatLng, gridDisk, latLngToCell } from 'h3-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queryable } from '../../src/adapters/postgres-database.ts';
import { openRegionStore } from '../../src/adapters/postgres-region-store.ts';
import type { RegionSnapshot } from '../../src/domain/region.ts';
import type { Label } from '../../src/domain/taxonomy.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { importRecords } from './occurrence-files.ts';

const FOREST = [-24.58, -48.58] as const;
const PHOTO_CELL = latLngToCell(...FOREST, 7);

const LABELS = [
  label({ scientificName: 'blank', kind: 'blank' }),
  label({ scientificName: 'Ara ararauna (Linnaeus, 1758)', class: 'Aves', species: 'ararauna' }),
  label({ scientificName: 'Ara macao', class: 'Aves', species: 'macao' }),
  label({ scientificName: 'Panthera onca', class: 'Mammalia', species: 'onca' }),
  label({ scientificName: 'Psittacidae', class: 'Aves', family: 'Psittacidae' }),
  label({ scientificName: 'Ara ararauna minor', class: 'Aves', species: 'ararauna' }),
  label({ scientificName: 'Tapirus terrestris', species: 'terrestris' }),
  label({ scientificName: 'Boa constrictor', species: 'constrictor' }),
].map((row, index) => ({ ...row, index }));

function label(row: Partial<Label>): Label {
  const empty = { class: null, order: null, family: null, genus: null, species: null };
  return { index: 0, scientificName: '', commonName: null, kind: 'animal', ...empty, ...row };
}

let test: TestDatabase;
let snapshot: RegionSnapshot;
beforeAll(async () => {
  test = await createTestDatabase();
  const imported = await importRecords(test.database, [
    { at: FOREST, species: 'Puma concolor', count: 900, month: 1 },
    { at: FOREST, species: 'Puma concolor', count: 900, month: 7 },
    { at: FOREST, species: 'Ara ararauna', count: 90, month: 1 },
    { at: FOREST, species: 'Boa constrictor', count: 90, month: 7 },
  ]);
  snapshot = imported.snapshot;
});
afterAll(() => test.drop());

/** The database, and how many statements it was given. */
function countStatements(database: Queryable) {
  const counter: Queryable & { statements: number } = {
    statements: 0,
    query(text, values) {
      counter.statements++;
      return database.query(text, values);
    },
  };
  return counter;
}

describe('the PostgreSQL region store', () => {
  it('aligns presence to the labels and is silent where the snapshot is', async () => {
    const store = await openRegionStore(test.database, { snapshot, labels: LABELS });
    const [features] = await store.fetchFeatures([{ cell: PHOTO_CELL, month: 0 }]);
    expect(features).toMatchObject({ cell: latLngToCell(...FOREST, 4), month: 0 });
    const [blank, blueMacaw, redMacaw, jaguar, family, subspecies, tapir, boa] = features!.presence;
    expect([blank, jaguar, family, tapir]).toEqual([NaN, NaN, NaN, NaN]);
    expect(redMacaw).toBe(0);
    expect(blueMacaw).toBeGreaterThan(0.9);
    expect(subspecies).toBe(blueMacaw);
    expect(boa).toBeGreaterThan(0.9);
  });

  it('answers by month, and by the year where the month was not surveyed', async () => {
    const store = await openRegionStore(test.database, { snapshot, labels: LABELS });
    expect(store.hasMonths).toBe(true);
    const [january, april] = await store.fetchFeatures([
      { cell: PHOTO_CELL, month: 1 },
      { cell: PHOTO_CELL, month: 4 },
    ]);
    expect([january!.month, april!.month]).toEqual([1, 0]);
    expect(january!.presence[7]).toBeLessThan(april!.presence[7]!);
    expect(january!.presence[1]).toBeGreaterThan(april!.presence[1]!);
  });

  it('asks one statement, however many queries, and answers in their order', async () => {
    const counter = countStatements(test.database);
    const store = await openRegionStore(counter, { snapshot, labels: LABELS });
    counter.statements = 0;
    const sahara = latLngToCell(23, 10, 7);
    const cells = [...gridDisk(sahara, 9), PHOTO_CELL, sahara, store.coarsen(PHOTO_CELL)];
    const features = await store.fetchFeatures(cells.map((cell) => ({ cell, month: 0 })));
    expect(counter.statements).toBe(1);
    expect(features).toHaveLength(cells.length);
    expect(features.map((answer) => answer !== null)).toEqual(
      cells.map((_, i) => i === cells.length - 3 || i === cells.length - 1),
    );
  });

  it('answers no queries with no answers', async () => {
    const store = await openRegionStore(test.database, { snapshot, labels: LABELS });
    expect(await store.fetchFeatures([])).toEqual([]);
  });

  it('goes to a coarser cell when more observations are demanded', async () => {
    const { snapshot: sparse } = await importRecords(
      test.database,
      gridDisk(latLngToCell(...FOREST, 4), 2).map((cell) => ({
        at: cellToLatLng(cell),
        species: 'Ara ararauna',
        count: 10,
      })),
    );
    const fetch = async (minObservations: number) => {
      const options = { snapshot: sparse, labels: LABELS, minObservations };
      const store = await openRegionStore(test.database, options);
      const [features] = await store.fetchFeatures([{ cell: PHOTO_CELL, month: 0 }]);
      return features?.cell ?? null;
    };
    expect(await fetch(0)).toBe(latLngToCell(...FOREST, 4));
    expect(await fetch(50)).toBe(latLngToCell(...FOREST, 3));
    expect(await fetch(1000)).toBeNull();
  });

  it('refuses a cell coarser than the snapshot', async () => {
    const store = await openRegionStore(test.database, { snapshot, labels: LABELS });
    expect(() => store.coarsen(latLngToCell(...FOREST, 3))).toThrow(RangeError);
  });
});
