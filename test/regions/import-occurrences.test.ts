import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { cellToLatLng, cellToParent, gridDisk, gridRing, latLngToCell } from 'h3-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresRegionSnapshots } from '../../src/adapters/postgres-region-snapshots.ts';
import type { RegionSnapshot } from '../../src/domain/region.ts';
import { lookupPlace } from '../../src/regions/lookup.ts';
import { PRESENCE_PARAMETERS } from '../../src/regions/presence.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { importFile, importRecords, type Records, writeTemporary } from './occurrence-files.ts';
import { computePresence } from './reference-presence.ts';

const FOREST = [-24.58, -48.58] as const;
const JAGUAR = 'Panthera onca';
const MACAW = 'Ara ararauna';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

async function lookup(
  snapshot: RegionSnapshot,
  [latitude, longitude]: readonly [number, number],
  month = 0,
) {
  const places = postgresRegionSnapshots(test.database);
  const place = await lookupPlace(places, snapshot, { latitude, longitude, month });
  const presenceOf = (taxon: string) => place.taxa.find((t) => t.taxon === taxon)?.presence ?? 0;
  return { ...place, presenceOf };
}

describe('presence', () => {
  it('is what the formula says, row by row', { timeout: 120_000 }, async () => {
    const place = fc.constantFrom(
      ...gridDisk(latLngToCell(...FOREST, 4), 3).map((cell) => cellToLatLng(cell)),
    );
    const records = fc.array(
      fc.record({
        at: place,
        species: fc.constantFrom(JAGUAR, MACAW, 'Tapirus terrestris', 'Eira barbara'),
        count: fc.integer({ min: 1, max: 40 }),
        month: fc.integer({ min: 0, max: 12 }),
        absent: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(records, fc.constantFrom(0, 1, 4), async (list, resolution) => {
        const { snapshot } = await importRecords(test.database, list, { resolution });
        const { rows } = await test.database.query<{ key: string; presence: number }>(
          `select concat_ws(' ', cell, month, taxon) as key, presence
           from nightjar.region_presence where region_snapshot_id = $1`,
          [snapshot.id],
        );
        const expected = computePresence(list, resolution);
        expect(rows.map(({ key }) => key).sort()).toEqual([...expected.keys()].sort());
        for (const { key, presence } of rows) expect(presence).toBeCloseTo(expected.get(key)!, 5);
      }),
      { numRuns: 25 },
    );
  });

  it('follows the seasons, across the turn of the year', async () => {
    const { snapshot } = await importRecords(test.database, [
      ...[1, 7, 12].map((month) => ({ at: FOREST, species: 'Eira barbara', count: 900, month })),
      { at: FOREST, species: MACAW, count: 20, month: 1 },
      { at: FOREST, species: JAGUAR, count: 20, month: 7 },
    ]);
    expect(snapshot.hasMonths).toBe(true);
    const january = await lookup(snapshot, FOREST, 1);
    const december = await lookup(snapshot, FOREST, 12);
    const july = await lookup(snapshot, FOREST, 7);
    expect([january.month, december.month, july.month]).toEqual([1, 12, 7]);
    expect(january.presenceOf(MACAW)).toBeGreaterThan(january.presenceOf(JAGUAR));
    expect(december.presenceOf(MACAW)).toBeGreaterThan(december.presenceOf(JAGUAR));
    expect(july.presenceOf(JAGUAR)).toBeGreaterThan(july.presenceOf(MACAW));
  });

  it('is that of the whole year in a month that was hardly surveyed', async () => {
    const { snapshot } = await importRecords(test.database, [
      { at: FOREST, species: MACAW, count: 60, month: 1 },
      { at: FOREST, species: JAGUAR, count: 3, month: 7 },
    ]);
    const july = await lookup(snapshot, FOREST, 7);
    expect(july.month).toBe(0);
    expect(july.taxa).toEqual((await lookup(snapshot, FOREST)).taxa);
  });

  it('reaches the neighbouring cells, and there it is lower', async () => {
    const home = latLngToCell(...FOREST, 4);
    const near = gridRing(home, 1)[0]!;
    const { snapshot } = await importRecords(test.database, [
      { at: FOREST, species: JAGUAR, count: 100 },
    ]);
    const neighbour = await lookup(snapshot, cellToLatLng(near) as [number, number]);
    expect(neighbour).toMatchObject({ cell: near, resolution: 4, observations: 50 });
    expect(neighbour.presenceOf(JAGUAR)).toBeGreaterThan(0.9);
    expect(neighbour.presenceOf(JAGUAR)).toBeLessThanOrEqual(
      (await lookup(snapshot, FOREST)).presenceOf(JAGUAR),
    );
  });

  it('comes from the coarser cell where too little was observed', async () => {
    const home = latLngToCell(...FOREST, 4);
    const [a, b] = gridDisk(home, 4)
      .filter((cell) => cellToParent(cell, 3) === cellToParent(home, 3))
      .map((cell) => cellToLatLng(cell) as [number, number]);
    const { snapshot } = await importRecords(test.database, [
      { at: a!, species: JAGUAR, count: 13 },
      { at: b!, species: MACAW, count: 13 },
    ]);
    const place = await lookup(snapshot, a!);
    expect(place).toMatchObject({ surveyed: true, resolution: 3, cell: cellToParent(home, 3) });
    expect(place.observations).toBe(26);
    expect(place.presenceOf(MACAW)).toBeGreaterThan(0.9);
  });

  it('is unknown where nothing, or too little, was observed', async () => {
    const { snapshot } = await importRecords(test.database, [
      { at: FOREST, species: JAGUAR, count: 24 },
    ]);
    const unsurveyed = { surveyed: false, observations: 0, resolution: 4, taxa: [] };
    expect(await lookup(snapshot, FOREST)).toMatchObject(unsurveyed);
    expect(await lookup(snapshot, [23, 10])).toMatchObject(unsurveyed);
  });

  it('falls with recorded absences, which count as effort', async () => {
    const seen: Records = { at: FOREST, species: JAGUAR, count: 2 };
    const missed: Records = { at: FOREST, species: JAGUAR, count: 400, absent: true };
    const other: Records = { at: FOREST, species: MACAW, count: 30 };
    const without = await importRecords(test.database, [seen, other]);
    const withAbsences = await importRecords(test.database, [seen, other, missed]);
    expect(withAbsences).toMatchObject({ rows: 432, observations: 432, absences: 400, taxa: 2 });
    const before = await lookup(without.snapshot, FOREST);
    const after = await lookup(withAbsences.snapshot, FOREST);
    expect(after.observations).toBe(before.observations + 400);
    expect(after.presenceOf(JAGUAR)).toBeLessThan(before.presenceOf(JAGUAR) / 2);
  });

  it('of nothing, where only absences were recorded, leaves the place surveyed', async () => {
    const { snapshot } = await importRecords(test.database, [
      { at: FOREST, species: JAGUAR, count: 100, absent: true },
    ]);
    expect(await lookup(snapshot, FOREST)).toMatchObject({ surveyed: true, taxa: [] });
  });

  it.each([
    ['south-west', [-33.9, -70.6], [33.9, 70.6]],
    ['south-east', [-33.9, 151.2], [33.9, 151.2]],
    ['north-west', [40.7, -74], [40.7, 74]],
    ['pole', [89.99, 30], [-89.99, 30]],
  ] as const)('stays in the %s', async (_, at, mirrored) => {
    const { snapshot } = await importRecords(test.database, [{ at, species: JAGUAR, count: 50 }]);
    expect((await lookup(snapshot, at)).surveyed).toBe(true);
    expect((await lookup(snapshot, mirrored)).surveyed).toBe(false);
  });

  it('reaches over the date line', async () => {
    const { snapshot } = await importRecords(test.database, [
      { at: [-16.8, 179.99], species: JAGUAR, count: 200 },
    ]);
    expect((await lookup(snapshot, [-16.8, -179.99])).presenceOf(JAGUAR)).toBeGreaterThan(0.9);
    expect((await lookup(snapshot, [-16.8, 180])).surveyed).toBe(true);
    expect((await lookup(snapshot, [-16.8, -180])).surveyed).toBe(true);
  });
});

describe('an import', () => {
  const records: Records[] = [{ at: FOREST, species: JAGUAR, count: 50 }];

  it('makes the next version and leaves the first unchanged', async () => {
    const name = 'versions';
    const first = await importRecords(test.database, records, { name });
    const before = await lookup(first.snapshot, FOREST);
    const second = await importRecords(
      test.database,
      [...records, { at: FOREST, species: MACAW, count: 500 }],
      { name },
    );
    expect([first.snapshot.version, second.snapshot.version]).toEqual([1, 2]);
    expect(await lookup(first.snapshot, FOREST)).toMatchObject({
      taxa: before.taxa,
      observations: before.observations,
    });
    expect((await lookup(second.snapshot, FOREST)).presenceOf(MACAW)).toBeGreaterThan(0.9);
  });

  it('counts bad rows, records them and its parameters, and goes on', async () => {
    const file = await writeTemporary(
      `species,lat,lon\n${'Panthera onca,1,1\n'.repeat(30)}Panthera onca,99,1\nPanthera onca,1\n`,
    );
    const summary = await importFile(test.database, file, 'bad-rows');
    expect(summary).toMatchObject({ rows: 32, observations: 30, badRows: 2, taxa: 1, cells: 1 });
    expect(summary.bad.map(({ reason }) => reason).sort()).toEqual([
      'position_out_of_range',
      'wrong_field_count',
    ]);
    const { rows } = await test.database.query(
      `select records, bad_records, parameters, file_name from nightjar.region_snapshots
       where id = $1`,
      [summary.snapshot.id],
    );
    expect(rows).toEqual([
      {
        records: '30',
        bad_records: '2',
        parameters: PRESENCE_PARAMETERS,
        file_name: 'records.csv',
      },
    ]);
  });

  it('that fails leaves nothing', async () => {
    const file = await writeTemporary('species,lat,lon\nPanthera onca,99,1\n');
    await expect(importFile(test.database, file, 'failed')).rejects.toMatchObject({
      code: 'REGIONS_INVALID',
    });
    await writeFile(file, 'species,lat\n');
    await expect(importFile(test.database, file, 'failed')).rejects.toThrow(/decimalLongitude/);
    expect(await rowsOf('failed')).toEqual([]);
  });

  it('that is killed answers nothing and is cleared away by the next', async () => {
    const program = join(import.meta.dirname, 'hang-in-import.ts');
    const child = spawn(process.execPath, [program, test.url, latLngToCell(...FOREST, 4)]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await rowsOf('killed')).toMatchObject([{ version: 1, completed_at: null }]);
    const next = await importRecords(test.database, records, { name: 'killed' });
    expect(next.snapshot.version).toBe(1);
    expect((await lookup(next.snapshot, FOREST)).observations).toBe(50);
    expect(await rowsOf('killed')).toHaveLength(1);
  });

  it('waits for another to end, and both are kept', async () => {
    const both = await Promise.all([
      importRecords(test.database, records, { name: 'parallel' }),
      importRecords(test.database, records, { name: 'parallel' }),
    ]);
    expect(both.map(({ snapshot }) => snapshot.version).sort()).toEqual([1, 2]);
  });

  it.each([
    { name: 'none of that', resolution: 4 },
    { name: 'a@b', resolution: 4 },
    { name: 'fine', resolution: 8 },
    { name: 'fine', resolution: 2.5 },
  ])('refuses %j', async (options) => {
    await expect(importRecords(test.database, records, options)).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

async function rowsOf(name: string) {
  const { rows } = await test.database.query(
    'select version, completed_at from nightjar.region_snapshots where name = $1',
    [name],
  );
  return rows;
}
