import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresRegionSnapshots } from '../../src/adapters/postgres-region-snapshots.ts';
import { promoteSnapshot, resolveSnapshot } from '../../src/regions/snapshots.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { importRecords } from './occurrence-files.ts';

let test: TestDatabase;
let snapshots: ReturnType<typeof postgresRegionSnapshots>;
beforeAll(async () => {
  test = await createTestDatabase();
  snapshots = postgresRegionSnapshots(test.database);
});
afterAll(() => test.drop());

describe('snapshots', () => {
  it('are none before the first import, and the error says so', async () => {
    await expect(resolveSnapshot(snapshots, 'production')).rejects.toThrow(/none yet/);
  });

  it('are found by version and alias, and an alias moves', async () => {
    const records = [{ at: [1, 1], species: 'Ara macao', count: 30 }] as const;
    const first = await importRecords(test.database, records, { name: 'birds', resolution: 3 });
    const second = await importRecords(test.database, records, { name: 'birds' });
    expect(await resolveSnapshot(snapshots, 'none')).toBeNull();
    expect(await resolveSnapshot(snapshots, 'birds@1')).toMatchObject(first.snapshot);
    await promoteSnapshot(snapshots, 'birds@1');
    expect(await resolveSnapshot(snapshots, 'production')).toMatchObject(first.snapshot);
    await promoteSnapshot(snapshots, 'birds@2');
    await promoteSnapshot(snapshots, 'birds@1', 'previous');
    expect(await resolveSnapshot(snapshots, 'production')).toMatchObject(second.snapshot);
    expect(await snapshots.list()).toMatchObject([
      { name: 'birds', version: 1, resolution: 3, aliases: ['previous'], records: 30, taxa: 1 },
      { name: 'birds', version: 2, resolution: 4, aliases: ['production'], cells: 1 },
    ]);
  });

  it.each(['birds', 'birds@3', 'birds@1x', 'candidate', ''])(
    'refuse %j and list what there is',
    async (reference) => {
      const failure = resolveSnapshot(snapshots, reference);
      await expect(failure).rejects.toMatchObject({ code: 'REGIONS_UNKNOWN' });
      await expect(failure).rejects.toThrow(/birds@1 \(previous\), birds@2 \(production\)/);
    },
  );

  it('of unfinished imports can be neither resolved nor promoted', async () => {
    const { rows } = await test.database.query<{ id: number }>(
      `insert into nightjar.region_snapshots (name, version, resolution, parameters, file_name)
       values ('unfinished', 1, 4, '{}', 'f') returning id`,
    );
    await expect(resolveSnapshot(snapshots, 'unfinished@1')).rejects.toThrow(/birds@1/);
    await expect(promoteSnapshot(snapshots, 'unfinished@1')).rejects.toThrow(/birds@1/);
    expect(await snapshots.promote('production', rows[0]!.id)).toBe(false);
  });

  it('refuse an alias that could be taken for something else', async () => {
    for (const alias of ['none', 'birds@2', '']) {
      await expect(promoteSnapshot(snapshots, 'birds@1', alias)).rejects.toMatchObject({
        code: 'USAGE',
      });
    }
  });
});
