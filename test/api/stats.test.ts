import { cellToParent, getResolution } from 'h3-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recountDays } from '../../src/adapters/postgres-daily-counts.ts';
import { type ApiServer, openApiServer } from '../helpers/api-server.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type FilledPhoto, fillModel, fillPhotos, fillRun } from '../helpers/fill-photos.ts';

/** Two cameras about 20 km from each other, in neighbouring areas, and one on another continent. */
const PLACES = [
  [-24.98, 31.55],
  [-24.98, 31.75],
  [46.5, 8.0],
] as const;
/** The last Monday of one year to the first Sunday of the next, then a month later, then nothing. */
const TIMES = ['2025-12-29', '2026-01-04', '2026-02-01', null] as const;
const LABELS = ['Vulpes vulpes', 'Panthera leo'] as const;

let bench: TestDatabase;
let api: ApiServer;
const photos: FilledPhoto[] = PLACES.flatMap((position, place) =>
  TIMES.flatMap((day, time) =>
    LABELS.flatMap((label, which) =>
      // 1 to 24 photos each, so that no two counts are the same by chance.
      Array.from({ length: place * 8 + time * 2 + which + 1 }, (_, n) => ({
        key: `${place}/${time}/${which}/${n}.jpg`,
        local: day && `${day}T10:00:00`,
        position,
        label,
      })),
    ),
  ),
);
beforeAll(async () => {
  bench = await createTestDatabase();
  const id = await fillModel(bench.database, {
    labels: LABELS.map((scientificName) => ({ scientificName })),
  });
  await fillRun(bench.database, id);
  await fillPhotos(bench.database, photos);
  await recountDays(bench.database);
  api = await openApiServer(bench.url);
});
afterAll(async () => {
  await api.close();
  await bench.drop();
});

interface Item {
  readonly day?: string | null;
  readonly label?: string;
  readonly area?: string | null;
  readonly photos: number;
}
async function count(query: string): Promise<Item[]> {
  const answer = await api.get(`/v1/stats/daily?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json().items;
}
const total = (items: readonly Item[]) => items.reduce((sum, { photos: n }) => sum + n, 0);
const many = (matches: (photo: FilledPhoto) => boolean) => photos.filter(matches).length;
const onDay = (day: string) => many(({ local }) => local?.startsWith(day) === true);

describe('/v1/stats/daily', () => {
  test.each(['day', 'label', 'decision', 'area', 'source', 'day,label,decision,area,source'])(
    'by %s: every photo is counted once',
    async (by) => expect(total(await count(`by=${by}`))).toBe(photos.length),
  );

  test.each([2, 3, 4, 5])('areas of resolution %i are what their photos lie in', async (n) => {
    const expected = new Map<string, number>();
    for (const { area, photos: found } of await count('by=area')) {
      const parent = cellToParent(area ?? '', n);
      expected.set(parent, (expected.get(parent) ?? 0) + found);
    }
    const items = await count(`by=area&resolution=${n}`);
    expect(items.map(({ area }) => getResolution(area ?? ''))).toEqual(items.map(() => n));
    expect(new Map(items.map(({ area, photos: found }) => [area, found]))).toEqual(expected);
    expect(items.length).toBe(n === 5 ? 3 : new Set(expected.keys()).size);
  });

  test('weeks begin on Monday, also across the year; photos without a time are apart', async () => {
    const items = await count('by=day&width=week');
    expect(items.map(({ day, photos: n }) => [day, n])).toEqual(
      expect.arrayContaining([
        ['2025-12-29', onDay('2025-12-29') + onDay('2026-01-04')],
        ['2026-01-26', onDay('2026-02-01')],
        [null, many(({ local }) => local === null)],
      ]),
    );
    expect(items).toHaveLength(3);
  });

  test('months and years', async () => {
    const months = await count('by=day&width=month&from=2026-01-01');
    expect(months.map(({ day, photos: n }) => [day, n])).toEqual([
      ['2026-01-01', onDay('2026-01')],
      ['2026-02-01', onDay('2026-02')],
    ]);
    const years = await count('by=day&width=year&to=2026-12-31');
    expect(years.map(({ day, photos: n }) => [day, n])).toEqual([
      ['2025-01-01', onDay('2025')],
      ['2026-01-01', onDay('2026')],
    ]);
  });

  test('a box, a species and a time together', async () => {
    const items = await count(
      'by=label&bbox=31,-26,32,-24&taxon=Panthera%20leo&from=2026-01-01&to=2026-01-31',
    );
    const expected = many(
      ({ key, label, local }) =>
        /^[01]/.test(key) && label === 'Panthera leo' && local?.startsWith('2026-01') === true,
    );
    expect(items.map(({ label, photos: n }) => [label, n])).toEqual([['Panthera leo', expected]]);
  });
});
