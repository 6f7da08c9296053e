import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { cellToLatLng, cellToParent, getResolution, isValidCell, latLngToCell } from 'h3-js';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApiKey } from '../../src/adapters/postgres-api-keys.ts';
import { createKey } from '../../src/api/keys.ts';
import { type Answer, type ApiServer, openApiServer } from '../helpers/api-server.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import {
  type FilledPhoto,
  fillAnswer,
  fillModel,
  fillPhotos,
  fillRun,
} from '../helpers/fill-photos.ts';

const SECRET = 'Panthera pardus';
const LABELS = [
  { scientificName: SECRET, family: 'Felidae' },
  { scientificName: 'Panthera leo', family: 'Felidae' },
  { scientificName: 'Vulpes vulpes', family: 'Canidae' },
  { scientificName: 'blank', kind: 'blank' },
];
/** A camera in an area where the leopard lives, one in another, one far from any. */
const DEN: [number, number] = [-24.983456, 31.554321];
const HIDDEN_CAMERAS: [number, number][] = [
  DEN,
  [51.123987, 10.456123],
  [12.345678, -45.678912],
  [-33.918273, 18.465738],
  [7.192837, 80.918273],
  [64.738291, -149.283746],
];
const FAR: [number, number] = [40.111222, -3.333444];

interface Hidden {
  readonly photo: FilledPhoto;
  readonly id: string;
}

let bench: TestDatabase;
let api: ApiServer;
let folder: string;
let hidden: Hidden[];
let farId: string;
let keys: { read: string; precise: string };
beforeAll(async () => {
  bench = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'nightjar-privacy-'));
  const source = `${pathToFileURL(folder).href}/`;
  for (const version of ['1', '2']) {
    const id = await fillModel(bench.database, {
      version,
      production: version === '1',
      labels: LABELS,
    });
    await fillRun(bench.database, id);
  }
  const [den, byVision, byOther, superseded, rolledUp, rejected] = HIDDEN_CAMERAS as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ];
  const at = (day: number) => `2026-05-${String(day).padStart(2, '0')}T20:15:00`;
  const photos: FilledPhoto[] = [
    // Seen, and a fox and an empty picture from the very same camera.
    { key: 'den/1.jpg', source, position: den, label: SECRET, local: at(1) },
    { key: 'den/2.jpg', source, position: den, local: at(2) },
    { key: 'den/3.jpg', source, position: den, label: 'blank', rank: 'blank', decision: 'blank' },
    // The picture alone said leopard; the region made it another.
    {
      key: 'vision/1.jpg',
      source,
      position: byVision,
      label: 'Panthera leo',
      visionLabel: SECRET,
      decision: 'region_weighted',
      local: at(3),
    },
    { key: 'vision/2.jpg', source, position: byVision, local: at(4) },
    // Another model version said leopard.
    { key: 'other/1.jpg', source, position: byOther, label: 'Panthera leo', local: at(5) },
    { key: 'other/2.jpg', source, position: byOther, local: at(6) },
    // Seen in a version that was overwritten.
    {
      key: 'old/1.jpg',
      source,
      position: superseded,
      label: SECRET,
      superseded: true,
      local: at(7),
    },
    { key: 'old/1.jpg', source, position: superseded, local: at(8) },
    // Unsure, and answered with the genus.
    {
      key: 'up/1.jpg',
      source,
      position: rolledUp,
      label: 'Panthera',
      rank: 'genus',
      visionLabel: SECRET,
      decision: 'rolled_up:genus',
      local: at(9),
    },
    { key: 'up/2.jpg', source, position: rolledUp, local: at(10) },
    // A broken photo of a camera that saw one.
    { key: 'broken/1.jpg', source, position: rejected, label: SECRET, local: at(11) },
    { key: 'broken/2.jpg', source, position: rejected, rejected: true, local: at(12) },
  ];
  const ids = await fillPhotos(bench.database, photos);
  hidden = photos.map((photo, n) => ({ photo, id: ids[n] ?? '' }));
  const other = ids[5] ?? '';
  await fillAnswer(
    bench.database,
    other,
    { label: SECRET, model: 2, run: 2, local: at(5) },
    latLngToCell(...byOther, 7),
  );
  [farId = ''] = await fillPhotos(bench.database, [
    { key: 'far/1.jpg', source, position: FAR, local: at(13) },
  ]);
  const image = await sharp({
    create: { width: 800, height: 600, channels: 3, background: '#345' },
  })
    .withExif({
      IFD0: { ImageDescription: String(DEN) },
      IFD3: {
        GPSLatitudeRef: 'S',
        GPSLatitude: '24/1 59/1 26/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '31/1 33/1 15/1',
      },
    })
    .jpeg()
    .toBuffer();
  await writeFile(join(folder, 'image.jpg'), image);
  await bench.database.query(
    `insert into nightjar.region_snapshots (name, version, resolution, parameters, file_name, completed_at)
     values ('fine', 1, 7, '{}', 'x', now())`,
  );
  await bench.database.query(
    `insert into nightjar.region_effort select 1, cell, 1000 from unnest($1::text[]) cell`,
    [[7, 6, 5, 4].map((resolution) => latLngToCell(...DEN, resolution))],
  );
  await bench.database.query(
    `insert into nightjar.region_presence select 1, cell, 0, $2, 0.5 from unnest($1::text[]) cell`,
    [[7, 6, 5, 4].map((resolution) => latLngToCell(...DEN, resolution)), SECRET.toLowerCase()],
  );
  await bench.database.query(
    `update nightjar.predictions set presence = 0.123456, vision_presence = 0.654321, fusion = 'weighted', region_snapshot_id = 1`,
  );
  keys = { read: '', precise: '' };
  api = await openApiServer(bench.url, { sensitiveTaxa: new Set(['panthera pardus']) });
  for (const [name, scopes] of [
    ['read', ['read']],
    ['precise', ['read', 'read:precise']],
  ] as const) {
    const { key, id, hash } = createKey();
    await addApiKey(bench.database, { id, name, scopes, hash });
    keys[name] = key;
  }
});
afterAll(async () => {
  await api.close();
  await bench.drop();
  await rm(folder, { recursive: true, force: true });
});

const withKey = (name: 'read' | 'precise') => ({ authorization: `Bearer ${keys[name]}` });
const get = (url: string, headers = {}) => api.get(url, { ...withKey('read'), ...headers });

/** Every way in which a number of degrees may be written, to a place within a hundred metres. */
function renderings([latitude, longitude]: readonly [number, number]): string[] {
  return [latitude, longitude].flatMap((degrees) => {
    const size = Math.abs(degrees);
    const decimals = [3, 4, 5, 6].flatMap((digits) => [
      size.toFixed(digits),
      (Math.floor(size * 10 ** digits) / 10 ** digits).toFixed(digits),
    ]);
    const minutes = (size % 1) * 60;
    const sexagesimal = `${Math.floor(size)}\\D{1,4}${Math.floor(minutes)}\\D{1,4}${Math.floor((minutes % 1) * 60)}`;
    const exponent = size.toExponential(4).replace('e+', 'e\\+?');
    return [...decimals.map((text) => text.replace('.', '[.,]')), sexagesimal, exponent].map(
      (text) => `(?<!\\d)${text}`,
    );
  });
}

/** All that must not be told of any hidden camera. */
const FORBIDDEN = new RegExp(
  HIDDEN_CAMERAS.flatMap((camera) => [
    ...renderings(camera),
    ...[6, 7, 8, 9, 10, 11, 12, 13, 14, 15].flatMap((resolution) => {
      const cell = latLngToCell(...camera, resolution);
      return [cell, String(BigInt(`0x${cell}`))];
    }),
  ]).join('|'),
  'i',
);
const HIDDEN_AREAS = new Set(HIDDEN_CAMERAS.map((camera) => latLngToCell(...camera, 5)));

/** Fails where bytes tell more of a hidden camera than its area. */
function expectNothingPrecise({ bytes, headers, text }: Answer, what: string): void {
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes).toString('latin1') : text;
  const all = `${JSON.stringify(headers)}\n${body}\n${bytes.toString('latin1')}`;
  // Cursors, and whatever else may be wrapped.
  const decoded = [...all.matchAll(/[A-Za-z0-9_-]{16,}/g)].map(([word]) =>
    Buffer.from(word, 'base64url').toString('latin1'),
  );
  const told = FORBIDDEN.exec([all, ...decoded].join('\n'));
  expect(told?.[0], `${what} tells a position`).toBeUndefined();
  for (const [word] of all.matchAll(/\b8[6-9a-f][0-9a-f]{13}\b/g)) {
    const isFine = isValidCell(word) && getResolution(word) > 5;
    if (isFine) expect(HIDDEN_AREAS, `${what} tells ${word}`).not.toContain(cellToParent(word, 5));
  }
}

/** For each route of the server, requests that get as much out of it as there is. */
const REQUESTS: Record<string, () => string[]> = {
  '/v1/predictions': () =>
    ['', '&format=csv', '&format=geojson'].flatMap((format) => [
      `/v1/predictions?limit=1000${format}`,
      `/v1/predictions?model=made&limit=1000${format}`,
      `/v1/predictions?model=made@2${format}`,
      `/v1/predictions?taxon=Felidae&limit=1${format}`,
      `/v1/predictions?bbox=-180,-90,180,90&limit=3${format}`,
      `/v1/predictions?cell=${latLngToCell(...DEN, 5)}${format}`,
    ]),
  '/v1/photos/:id': () => hidden.map(({ id }) => `/v1/photos/${id}`),
  '/v1/photos/:id/image': () => [
    `/v1/photos/${imageId}/image`,
    `/v1/photos/${imageId}/image?size=1280`,
  ],
  '/v1/species': () => ['/v1/species', '/v1/species?model=made'],
  '/v1/runs': () => ['/v1/runs'],
  '/v1/runs/:id': () => ['/v1/runs/1'],
  '/v1/rejects': () => ['/v1/rejects'],
  '/v1/stats/daily': () => [
    '/v1/stats/daily?by=day,label,decision,area,source&model=made',
    '/v1/stats/daily?by=area&bbox=-180,-90,180,90',
  ],
  '/v1/models': () => ['/v1/models'],
  '/v1/session': () => ['/v1/session'],
  '/v1/status': () => ['/v1/status'],
  '/v1/regions/lookup': () => [
    // Asked 300 m beside it, as the answer may repeat the question.
    `/v1/regions/lookup?snapshot=fine@1&latitude=${(DEN[0] + 0.003).toFixed(3)}&longitude=${(DEN[1] + 0.003).toFixed(3)}`,
  ],
  '/openapi.json': () => ['/openapi.json'],
  '/healthz': () => ['/healthz'],
  '/readyz': () => ['/readyz'],
  '/metrics': () => ['/metrics'],
};
/** Files that are the same for everybody. */
const STATIC = /^\/docs/;
let imageId: string;
beforeAll(async () => {
  const { rows } = await bench.database.query<{ id: string }>(
    `update nightjar.photos set key = 'image.jpg', etag = $2, size = $3, last_modified = $4
     where id = $1 returning id::text`,
    [hidden[0]?.id, ...(await listImage())],
  );
  imageId = rows[0]?.id ?? '';
});

async function listImage(): Promise<[string, number, Date]> {
  const { openPhotoSource } = await import('../../src/adapters/photo-source.ts');
  const { loadConfig } = await import('../../src/config.ts');
  const source = await openPhotoSource(folder, loadConfig({ cwd: folder, env: {} }), folder);
  for await (const [photo] of source.list())
    if (photo) return [photo.etag, photo.size, photo.lastModified];
  throw new Error('not listed');
}

function listRoutes(): string[] {
  const printed = api.app.printRoutes({ commonPrefix: false, includeHooks: false });
  const paths: string[] = [];
  const parents: string[] = [];
  for (const line of printed.split('\n')) {
    const [, indent = '', name = ''] = /^((?:│ {3}| {4})*)(?:├── |└── )(\S+) \(/.exec(line) ?? [];
    if (!name) continue;
    parents.length = indent.length / 4;
    parents.push(name);
    if (/\(.*GET/.test(line)) paths.push(parents.join('').replace(/\/$/, '') || '/');
  }
  return [...new Set(paths)];
}

test('every route is asked below', () => {
  const routes = listRoutes().filter((route) => !STATIC.test(route));
  expect(routes.length).toBeGreaterThan(12);
  expect(routes.filter((route) => !(route in REQUESTS))).toEqual([]);
});

describe.each(Object.keys(REQUESTS))('%s', (route) => {
  test('tells a key without read:precise no more than areas', async () => {
    for (const address of REQUESTS[route]?.() ?? []) {
      for (const headers of [
        {},
        { 'accept-encoding': 'gzip' },
        { accept: 'text/csv' },
        { accept: 'application/geo+json' },
      ]) {
        let next: string | undefined = address;
        for (let page = 0; next && page < 30; page++) {
          const answer: Answer = await get(next, headers);
          expect([200, 406], answer.text).toContain(answer.status);
          expectNothingPrecise(answer, next);
          next = /<(.*)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
        }
      }
    }
  });

  test('tells nothing in what it refuses', async () => {
    for (const address of REQUESTS[route]?.() ?? []) {
      const [path] = address.split('?');
      for (const wrong of ['?x=1', '?limit=x', '?cursor=x', '?bbox=1', '?size=3']) {
        expectNothingPrecise(await get(`${path}${wrong}`), `${path}${wrong}`);
      }
      expectNothingPrecise(await api.get(address), `${address} without a key`);
    }
  });
});

test('before there are keys, this machine is told no more than areas either', async () => {
  const before = await openApiServer(bench.url, {
    sensitiveTaxa: new Set(['panthera pardus']),
    adapters: (adapters) => ({
      ...adapters,
      findKey: async () => ({ scopes: null, hash: null, anyKey: false }),
    }),
  });
  for (const address of Object.values(REQUESTS).flatMap((list) => list())) {
    const answer = await before.get(address);
    expect(answer.status).toBe(200);
    expectNothingPrecise(answer, address);
  }
  await before.close();
});

test('the search for precise positions finds them where they are told', async () => {
  for (const format of ['json', 'csv', 'geojson']) {
    const answer = await api.get(`/v1/predictions?limit=1000&format=${format}`, withKey('precise'));
    expect(() => expectNothingPrecise(answer, format)).toThrow(/tells/);
  }
});

// biome-ignore lint/suspicious/noExplicitAny: as the API has it
async function find(query: string): Promise<any[]> {
  const answer = await get(`/v1/predictions?limit=1000&${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json().items;
}

describe('asking again and again', () => {
  const filters = [
    '',
    '&minScore=0.5',
    '&from=2026-05-01&to=2026-06-01',
    '&taxon=Felidae',
    '&model=made',
    '&deployment=den',
    '&decision=vision',
  ];

  test.each(filters)(
    'with smaller and smaller boxes%s tells no more than the area',
    async (more) => {
      for (const camera of HIDDEN_CAMERAS) {
        const area = latLngToCell(...camera, 5);
        const [middleLatitude, middleLongitude] = cellToLatLng(area);
        for (const size of [0.1, 0.05, 0.01, 0.001]) {
          const around = ([latitude, longitude]: readonly [number, number]) =>
            [longitude - size, latitude - size, longitude + size, latitude + size].join();
          const isMiddleInside =
            Math.abs(middleLatitude - camera[0]) <= size &&
            Math.abs(middleLongitude - camera[1]) <= size;
          const found = await find(`bbox=${around(camera)}${more}`);
          const inArea = found.filter(({ cell }) => cell === area);
          if (!isMiddleInside) expect(inArea).toEqual([]);
          // Around the middle everything of the area is found, wherever in it that is.
          const all = await find(`cell=${area}${more}`);
          expect(await find(`bbox=${around([middleLatitude, middleLongitude])}${more}`)).toEqual(
            all,
          );
        }
      }
    },
  );

  test.each(filters)(
    'with smaller and smaller cells%s tells no more than the area',
    async (more) => {
      for (const camera of HIDDEN_CAMERAS) {
        for (const resolution of [6, 7]) {
          expect(await find(`cell=${latLngToCell(...camera, resolution)}${more}`)).toEqual([]);
        }
      }
      if (!more) expect(await find(`cell=${latLngToCell(...DEN, 5)}`)).toHaveLength(3);
    },
  );

  test('the species of a place are told of no cell finer than an area', async () => {
    const ask = async (name: 'read' | 'precise') =>
      (
        await api.get(
          `/v1/regions/lookup?snapshot=fine@1&latitude=${DEN[0]}&longitude=${DEN[1]}`,
          withKey(name),
        )
      ).json();
    expect(await ask('read')).toMatchObject({ resolution: 5, cell: latLngToCell(...DEN, 5) });
    expect(await ask('precise')).toMatchObject({ resolution: 7, cell: latLngToCell(...DEN, 7) });
  });

  test('what the region said of a fine cell is not told, as it names the cell', async () => {
    const { text } = await get(`/v1/photos/${hidden[1]?.id}`);
    expect(text).not.toMatch(/0\.123456|0\.654321/);
    expect(JSON.stringify(await find('deployment=den'))).not.toMatch(/0\.123456|0\.654321/);
    const [far] = await find('deployment=far');
    expect(far).toMatchObject({ presence: 0.123456, precision: 'exact' });
  });
});

test('the area is told, and nothing is hidden elsewhere', async () => {
  const items = await find('');
  expect(items).toHaveLength(12);
  for (const item of items) {
    const camera = HIDDEN_CAMERAS.find((one) => latLngToCell(...one, 5) === item.cell);
    if (item.key === 'far/1.jpg') {
      expect(item).toMatchObject({
        precision: 'exact',
        latitude: FAR[0],
        longitude: FAR[1],
        cell: latLngToCell(...FAR, 7),
      });
    } else {
      expect(camera).toBeDefined();
      const [latitude, longitude] = cellToLatLng(item.cell);
      expect(item.precision).toBe('area');
      expect(item.latitude).toBeCloseTo(latitude, 3);
      expect(item.longitude).toBeCloseTo(longitude, 3);
    }
  }
  expect((await get(`/v1/photos/${farId}`)).json()).toMatchObject({ precision: 'exact' });
});

test('a key with read:precise is told all as it is, and finds it there', async () => {
  for (const { id, photo } of hidden) {
    const answer = await api.get(`/v1/photos/${id}`, withKey('precise'));
    expect(answer.json()).toMatchObject({
      precision: 'exact',
      latitude: photo.position?.[0],
      longitude: photo.position?.[1],
      cell: latLngToCell(photo.position?.[0] ?? 0, photo.position?.[1] ?? 0, 7),
    });
  }
  const [longitude, latitude] = [DEN[1], DEN[0]];
  const box = [longitude - 1e-4, latitude - 1e-4, longitude + 1e-4, latitude + 1e-4].map((n) =>
    n.toFixed(6),
  );
  const found = await api.get(`/v1/predictions?bbox=${box}`, withKey('precise'));
  expect(found.json().items).toHaveLength(3);
});

test('the ETag of one reader is worth nothing to another', async () => {
  const address = '/v1/predictions?limit=1000';
  const precise = await api.get(address, withKey('precise'));
  const read = await get(address);
  expect(read.headers.etag).not.toBe(precise.headers.etag);
  expect(read.headers.vary).toContain('Authorization');
  expect(read.headers['cache-control']).toContain('private');
  expect((await get(address, { 'if-none-match': String(precise.headers.etag) })).status).toBe(200);
});

test('a sensitive species is hidden in the moment it is loaded, with all that its camera took before', async () => {
  const position: [number, number] = [5.418273, 100.337283];
  const take = (key: string, label: string) =>
    fillPhotos(bench.database, [{ key, position, label }]);
  await take('new/1.jpg', 'Vulpes vulpes');
  expect((await find('deployment=new'))[0]).toMatchObject({ precision: 'exact' });
  await take('new/2.jpg', SECRET);
  const items = await find('deployment=new');
  expect(items.map(({ precision }) => precision)).toEqual(['area', 'area']);
  expect(JSON.stringify(items)).not.toMatch(/5\.41827|100\.3372/);
});

test('what moves takes its secret with it', async () => {
  const [moved = ''] = await fillPhotos(bench.database, [
    { key: 'moved/1.jpg', position: [20.5, 20.5], label: SECRET },
  ]);
  await fillPhotos(bench.database, [{ key: 'moved/2.jpg', position: [25.123456, 25.123456] }]);
  expect(
    (await find('deployment=moved')).filter(({ precision }) => precision === 'exact'),
  ).toHaveLength(1);
  await bench.database.query(
    'update nightjar.photos set latitude = 25.123456, longitude = 25.123456, cell = $2 where id = $1',
    [moved, latLngToCell(25.123456, 25.123456, 7)],
  );
  const items = await find('deployment=moved');
  expect(items.map(({ precision }) => precision)).toEqual(['area', 'area']);
  expect(new Set(items.map(({ cell }) => cell))).toEqual(
    new Set([latLngToCell(25.123456, 25.123456, 5)]),
  );
});
