import fc from 'fast-check';
import { cellToLatLng, cellToParent, latLngToCell } from 'h3-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, openApiServer } from '../helpers/api-server.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import {
  type FilledPhoto,
  fillAnswer,
  fillModel,
  fillPhotos,
  fillRun,
} from '../helpers/fill-photos.ts';

const LABELS = [
  { scientificName: 'Panthera pardus', family: 'Felidae' },
  { scientificName: 'Panthera leo', family: 'Felidae' },
  { scientificName: 'Felis silvestris', family: 'Felidae' },
  { scientificName: 'Vulpes vulpes', family: 'Canidae' },
  { scientificName: 'blank', kind: 'blank' },
];
/** What a taxon that is asked for takes in; written down, not derived. */
const TAXA: Record<string, string[]> = {
  'Panthera pardus': ['Panthera pardus'],
  'panthera leo': ['Panthera leo'],
  Panthera: ['Panthera', 'Panthera pardus', 'Panthera leo'],
  Felidae: ['Felidae', 'Panthera', 'Felis', 'Panthera pardus', 'Panthera leo', 'Felis silvestris'],
  Canidae: ['Canidae', 'Vulpes', 'Vulpes vulpes'],
  blank: ['blank'],
  'Ursus arctos': [],
};
const ANSWERS = [
  ['Panthera pardus', 'species', 'vision'],
  ['Panthera leo', 'species', 'region_weighted'],
  ['Felis silvestris', 'species', 'region_demoted'],
  ['Felidae', 'family', 'rolled_up:family'],
  ['Panthera', 'genus', 'rolled_up:genus'],
  ['Vulpes vulpes', 'species', 'vision'],
  ['blank', 'blank', 'blank'],
] as const;
/** Herds of photos, two of them on either side of the date line, one at a pole. */
const PLACES = [
  [-24.98, 31.55],
  [-24.7, 31.9],
  [-17.0, 179.97],
  [-17.01, -179.96],
  [89.95, 12],
  [0.01, 0.01],
] as const;

interface Row {
  photo: string;
  model: number;
  name: string;
  captured: string;
  label: string;
  score: number;
  decision: string;
  run: string;
  source: string;
  key: string;
  latitude: number | null;
  longitude: number | null;
  cell: string | null;
}

let bench: TestDatabase;
let exact: ApiServer;
let coarse: ApiServer;
let seed = 1;
const random = () => {
  seed = (seed * 16807) % 2147483647;
  return seed / 2147483647;
};
const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;

function makePhoto(n: number): FilledPhoto {
  const [label, rank, decision] = pick(ANSWERS);
  const [latitude, longitude] = pick(PLACES);
  const jitter = () => (random() - 0.5) * 0.2;
  const east = longitude + jitter();
  const position: [number, number] = [
    Math.min(90, latitude + jitter()),
    east > 180 ? east - 360 : east < -180 ? east + 360 : east,
  ];
  // Few times, so that many photos share one.
  const minute = String(Math.floor(random() * 4)).padStart(2, '0');
  const day = String(1 + Math.floor(random() * 5)).padStart(2, '0');
  return {
    key: `${pick(['a', 'a/b', 'ab', 'c%_'])}/IMG_${n}.JPG`,
    source: pick(['s3://made/', 's3://other/']),
    local: random() < 0.15 ? null : `2026-03-${day}T18:${minute}:00`,
    position: random() < 0.15 ? null : position,
    label,
    rank,
    decision,
    visionLabel: random() < 0.1 ? 'Panthera pardus' : label,
    score: Math.round(random() * 10) / 10,
    run: pick([1, 2]),
    superseded: random() < 0.1,
  };
}

let made = 0;
async function addPhotos(count: number): Promise<void> {
  const photos = Array.from({ length: count }, () => makePhoto(made++));
  const ids = await fillPhotos(bench.database, photos);
  for (const [n, photo] of photos.entries()) {
    if (random() < 0.5) continue;
    const cell = photo.position ? latLngToCell(photo.position[0], photo.position[1], 7) : null;
    const [label, rank, decision] = pick(ANSWERS);
    const { local = null } = photo;
    await fillAnswer(
      bench.database,
      ids[n] ?? '',
      { label, rank, decision, local, model: 2 },
      cell,
    );
  }
}

/** Every current prediction, without any of the API's statements. */
async function listRows(): Promise<Row[]> {
  const { rows } = await bench.database.query<Row & Record<string, unknown>>(
    `select r.photo_id::text as photo, r.model_version_id as model, 'made@' || r.model_version_id as name,
       r.captured::text as captured, r.label, r.score, r.decision, r.run_id::text as run, p.source, p.key,
       p.latitude, p.longitude, p.cell
     from nightjar.predictions r join nightjar.photos p on p.id = r.photo_id where p.superseded_at is null`,
  );
  return rows;
}

/** What is looked at of an answer. */
interface Item {
  photoId: string;
  model: string;
}

interface Filter {
  taxon?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  bbox?: [number, number, number, number] | undefined;
  cell?: string | undefined;
  minScore?: number | undefined;
  decision?: string | undefined;
  model?: string | undefined;
  run?: string | undefined;
  source?: string | undefined;
  deployment?: string | undefined;
}

const inBox = (latitude: number, longitude: number, [w, s, e, n]: readonly number[]) =>
  latitude >= (s as number) &&
  latitude <= (n as number) &&
  ((w as number) <= (e as number)
    ? longitude >= (w as number) && longitude <= (e as number)
    : longitude >= (w as number) || longitude <= (e as number));

/** @param hidden areas whose photos are searched by the area alone */
function matches(row: Row, f: Filter, hidden: ReadonlySet<string>): boolean {
  const time = row.captured.replace(' ', 'T');
  const area = row.cell && cellToParent(row.cell, 5);
  const isHidden = area !== null && hidden.has(area);
  if (f.bbox) {
    if (row.latitude === null || row.longitude === null || !area) return false;
    const [latitude, longitude] = isHidden ? cellToLatLng(area) : [row.latitude, row.longitude];
    if (!inBox(latitude, longitude, f.bbox)) return false;
  }
  if (f.cell) {
    const resolution = Number.parseInt(f.cell[1] ?? '', 16);
    if (!row.cell || cellToParent(row.cell, resolution) !== f.cell) return false;
    if (isHidden && resolution > 5) return false;
  }
  return (
    (f.model ? f.model === 'made' || f.model === row.name : row.model === 1) &&
    (!f.taxon || f.taxon.split(',').some((one) => TAXA[one]?.includes(row.label))) &&
    (!f.from || (row.captured !== '-infinity' && time >= f.from)) &&
    (!f.to || (row.captured !== '-infinity' && time < f.to)) &&
    (f.minScore === undefined || Math.fround(row.score) >= Math.fround(f.minScore)) &&
    (!f.decision || row.decision === f.decision || row.decision.startsWith(`${f.decision}:`)) &&
    (!f.run || row.run === f.run) &&
    (!f.source || row.source === f.source) &&
    (!f.deployment || row.key.startsWith(`${f.deployment.replace(/\/$/, '')}/`))
  );
}

function toAddress(filter: Filter, limit: number): string {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return `/v1/predictions?${query}`;
}

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const degrees = (max: number) =>
  fc.oneof(
    fc.integer({ min: -max, max }),
    fc.constantFrom(-25, -24.9, -24.8, -17, -17.05, 31.5, 31.9, 32),
    fc.constantFrom(179.95, -179.95).map((value) => (max === 180 ? value : value / 2)),
  );
const time = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom('', 'T18:01', 'T18:02:00'))
  .map(([day, at]) => `2026-03-0${day}${at}`);
const ONE_BY_ONE = {
  taxon: fc.oneof(fc.constantFrom(...Object.keys(TAXA)), fc.constant('Canidae,blank')),
  from: time.map((t) => (t.length === 10 ? `${t}T00:00:00` : t.length === 16 ? `${t}:00` : t)),
  to: time.map((t) => (t.length === 10 ? `${t}T00:00:00` : t.length === 16 ? `${t}:00` : t)),
  bbox: fc
    .tuple(degrees(180), degrees(90), degrees(180), degrees(90))
    .map(([w, s, e, n]) => [w, Math.min(s, n), e, Math.max(s, n)] as Filter['bbox']),
  cell: fc
    .tuple(fc.constantFrom(...PLACES), fc.integer({ min: 2, max: 7 }))
    .map(([[latitude, longitude], resolution]) => latLngToCell(latitude, longitude, resolution)),
  minScore: fc.constantFrom(0, 0.1, 0.5, 0.7, 1),
  decision: fc.constantFrom('vision', 'rolled_up', 'rolled_up:family', 'blank', 'unknown'),
  model: fc.constantFrom('made', 'made@1', 'made@2'),
  run: fc.constantFrom('1', '2', '999999'),
  source: fc.constantFrom('s3://made/', 's3://other/', 's3://none/'),
  deployment: fc.constantFrom('a', 'a/', 'a/b', 'ab', 'c%_', 'c', '%'),
};

beforeAll(async () => {
  bench = await createTestDatabase();
  for (const version of ['1', '2']) {
    const id = await fillModel(bench.database, {
      version,
      production: version === '1',
      labels: LABELS,
    });
    await fillRun(bench.database, id);
  }
  await addPhotos(250);
  exact = await openApiServer(bench.url, { sensitiveTaxa: new Set() });
  coarse = await openApiServer(bench.url, { sensitiveTaxa: new Set(['panthera pardus']) });
});
afterAll(async () => {
  await exact.close();
  await coarse.close();
  await bench.drop();
});

async function findHidden(): Promise<Set<string>> {
  const { rows } = await bench.database.query<{ cell: string }>(
    `select distinct p.cell from nightjar.photos p join nightjar.predictions r on r.photo_id = p.id
     where p.cell is not null and (r.label = 'Panthera pardus' or r.vision_label = 'Panthera pardus')`,
  );
  return new Set(rows.map(({ cell }) => cellToParent(cell, 5)));
}

async function readAll(
  api: ApiServer,
  filter: Filter,
  limit: number,
  between = async () => {},
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const address: string = toAddress(filter, limit) + (cursor ? `&cursor=${cursor}` : '');
    const answer = await api.get(address);
    expect(answer.status, answer.text).toBe(200);
    const page = answer.json();
    items.push(...page.items);
    cursor = page.nextCursor;
    await between();
  } while (cursor);
  return items;
}

const idOf = (item: Item) => `${item.photoId} ${item.model}`;
const newestFirst = (a: Row, b: Row) =>
  a.captured !== b.captured
    ? a.captured === '-infinity' || (b.captured !== '-infinity' && a.captured < b.captured)
      ? 1
      : -1
    : Number(b.photo) - Number(a.photo) || b.model - a.model;

describe.each([
  ['exact', () => exact, async () => new Set<string>()],
  ['coarse', () => coarse, findHidden],
] as const)('predictions, told %s', (_, api, hiddenOf) => {
  test.each(Object.entries(ONE_BY_ONE))('are filtered by %s alone', async (name, arbitrary) => {
    const rows = await listRows();
    const hidden = await hiddenOf();
    await fc.assert(
      fc.asyncProperty(arbitrary as fc.Arbitrary<never>, async (value) => {
        const filter = { [name]: value };
        const found = await readAll(api(), filter, 1000);
        const expected = rows.filter((row) => matches(row, filter, hidden)).toSorted(newestFirst);
        expect(found.map(idOf)).toEqual(expected.map((row) => `${row.photo} ${row.name}`));
      }),
      { numRuns: 25 },
    );
  });

  test('are filtered by everything at once, and all pages together are the whole', async () => {
    const rows = await listRows();
    const hidden = await hiddenOf();
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          Object.fromEntries(
            Object.entries(ONE_BY_ONE).map(([k, a]) => [k, some(a as fc.Arbitrary<never>)]),
          ),
        ),
        fc.integer({ min: 1, max: 40 }),
        async (filter: Filter, limit) => {
          const found = await readAll(api(), filter, limit);
          const expected = rows.filter((row) => matches(row, filter, hidden)).toSorted(newestFirst);
          expect(found.map(idOf)).toEqual(expected.map((row) => `${row.photo} ${row.name}`));
        },
      ),
      { numRuns: 120 },
    );
  });
});

test('while a run loads between the pages, nothing is missing, and nothing comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        taxon: some(ONE_BY_ONE.taxon),
        model: some(ONE_BY_ONE.model),
        bbox: some(ONE_BY_ONE.bbox),
      }),
      fc.integer({ min: 5, max: 30 }),
      async (filter: Filter, limit) => {
        const none = new Set<string>();
        const before = (await listRows()).filter((row) => matches(row, filter, none));
        const found = (await readAll(exact, filter, limit, () => addPhotos(2))).map(idOf);
        expect(new Set(found).size).toBe(found.length);
        const after = new Set(
          (await listRows())
            .filter((row) => matches(row, filter, none))
            .map((row) => `${row.photo} ${row.name}`),
        );
        for (const row of before) expect(found).toContain(`${row.photo} ${row.name}`);
        for (const id of found) expect(after).toContain(id);
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);

test('the Link header leads through all pages, in CSV and GeoJSON as well', async () => {
  const { length } = (await listRows()).filter(({ model }) => model === 1);
  for (const format of ['csv', 'geojson']) {
    let address: string | undefined = `/v1/predictions?format=${format}&limit=40`;
    let seen = 0;
    while (address) {
      const answer = await exact.get(address);
      seen +=
        format === 'csv'
          ? answer.text.trim().split('\n').length - 1
          : answer.json().features.length;
      address = /<(.*)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(seen).toBe(length);
  }
});
