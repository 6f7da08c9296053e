import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { check } from '@placemarkio/check-geojson';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/adapters/postgres-database.ts';
import { type CliResult, runCli, startCli } from '../helpers/cli.ts';
import { readMegadetector } from '../helpers/read-megadetector.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';

const SENSITIVE = ['Panthera pardus', 'Panthera onca', 'Loxodonta africana'];

let bench: RunBench;
let runId: string;
beforeAll(async () => {
  bench = await openRunBench();
  await bench.addPhotos('kruger', 'serengeti', 'pantanal', 'uluru', 'yellowstone', 'dhofar');
  await writeFile(join(bench.photos, 'empty.jpg'), '');
  runId = (await bench.run({ errorBudget: 1 })).run ?? '';
});
afterAll(() => bench.close());

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

const env = () => ({ DATABASE_URL: bench.test.url });
const run = (...args: string[]): Promise<CliResult> =>
  runCli(['export', ...args], { cwd: bench.photos, env: env() });

async function exported(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('"exported"') });
  return stdout;
}

type Row = Record<string, string>;
const rowsOf = async (...args: string[]): Promise<Row[]> =>
  parse(await exported('--format', 'csv', ...args), { columns: true });
const keysOf = async (...args: string[]) => (await rowsOf(...args)).map(({ key }) => key).sort();
const keysWhere = async (where: string) =>
  (
    await query<{ key: string }>(
      `select key from nightjar.current_predictions where ${where} order by key collate "C"`,
    )
  ).map(({ key }) => key);

describe('what is in an export', () => {
  test('CSV: every current prediction, the newest photos first, as the database has it', async () => {
    const rows = await rowsOf();
    const known = await query<Row>(
      `select key, label, decision, model || '@' || model_version as model, score::text
       from nightjar.current_predictions`,
    );
    expect(rows.length).toBe(known.length);
    for (const row of known) expect(rows).toContainEqual(expect.objectContaining(row));
    const times = rows.map(({ capturedLocal }) => capturedLocal || '0');
    expect(times).toEqual(times.toSorted().reverse());
  });

  test('GeoJSON: the same photos, in a collection that a checker accepts', async () => {
    const text = await exported('--format', 'geojson');
    expect(() => check(text)).not.toThrow();
    const keys = JSON.parse(text).features.map(
      ({ properties }: { properties: { key: string } }) => properties.key,
    );
    expect(keys.sort()).toEqual(await keysOf());
  });

  test('MegaDetector: every photo there is exactly once, blank ones and rejected ones among them', async () => {
    const { images, info } = readMegadetector(await exported('--format', 'megadetector'));
    const files = await readdir(bench.photos, { recursive: true });
    const photos = files.filter((file) => /\.jpg$/i.test(file)).sort();
    expect(images.map(({ file }) => file).sort()).toEqual(photos);
    expect(info.classifier).toBe('demo@1');
    const failed = images.filter(({ failure }) => failure);
    expect(failed.map(({ file, failure }) => [file, failure?.split(':')[0]])).toEqual([
      ['empty.jpg', 'IMAGE_EMPTY'],
      ['kruger/IMG_0008.JPG', 'IMAGE_TRUNCATED'],
    ]);
    const none = images.filter(({ detections }) => detections?.length === 0);
    expect(none.map(({ file }) => file).sort()).toEqual(await keysWhere(`decision = 'blank'`));
  });

  test('a photo that was predicted once and rejected later is in it once, with its answer', async () => {
    const { database } = bench.test;
    const doubled = `select r.photo_id, r.model_version_id from nightjar.predictions r
      join nightjar.photos p on p.id = r.photo_id and p.key = 'uluru/IMG_0001.JPG'`;
    await database.query(`insert into nightjar.rejects
      (photo_id, model_version_id, run_id, stage, code, message, attempts, final)
      select d.*, ${runId}, 'extract', 'OBJECT_GONE', 'gone', 1, true from (${doubled}) d`);
    const { images } = readMegadetector(await exported('--format', 'megadetector'));
    const found = images.filter(({ file }) => file === 'uluru/IMG_0001.JPG');
    expect(found).toEqual([expect.objectContaining({ detections: [expect.anything()] })]);
    await database.query(`delete from nightjar.rejects where code = 'OBJECT_GONE'`);
  });
});

describe('positions of sensitive species', () => {
  type Place = {
    key: string;
    latitude: number;
    longitude: number;
    cell: string;
    label: string;
    area: string;
    vision_label: string;
  };
  let secret: Place[];
  let open: Place[];
  beforeAll(async () => {
    const places = await query<Place>(
      `select p.key, p.latitude, p.longitude, p.cell, r.label, r.area, r.vision_label
       from nightjar.predictions r join nightjar.photos p on p.id = r.photo_id where p.cell is not null`,
    );
    const isSeen = ({ label, vision_label }: Place) =>
      [label, vision_label].some((name) => SENSITIVE.includes(name));
    const areas = new Set(places.filter(isSeen).map(({ area }) => area));
    const isSecret = ({ area }: Place) => areas.has(area);
    secret = places.filter(isSecret);
    open = places.filter((place) => !isSecret(place));
  });

  const tellsOf = (text: string, { latitude, longitude, cell }: Place) =>
    text.includes(String(latitude)) || text.includes(String(longitude)) || text.includes(cell);

  test('there are such photos, others in their areas, and ones elsewhere', () => {
    expect(secret.some(({ label }) => SENSITIVE.includes(label))).toBe(true);
    expect(
      secret.some(
        ({ label, vision_label }) => ![label, vision_label].some((l) => SENSITIVE.includes(l)),
      ),
    ).toBe(true);
    expect(open.length).toBeGreaterThan(5);
  });

  test.each(['csv', 'geojson', 'megadetector'])(
    'are in no %s, nor those of others nearby',
    async (format) => {
      const text = await exported('--format', format);
      expect(secret.filter((place) => tellsOf(text, place)).map(({ key }) => key)).toEqual([]);
      if (format === 'megadetector') return;
      expect(open.filter((place) => !tellsOf(text, place)).map(({ key }) => key)).toEqual([]);
    },
  );

  test.each(['csv', 'geojson'])('are in a %s with --precise', async (format) => {
    const text = await exported('--format', format, '--precise');
    expect(secret.filter((place) => !tellsOf(text, place)).map(({ key }) => key)).toEqual([]);
  });

  test('are not to be found by narrowing a box around one either', async () => {
    const [place] = secret;
    if (!place) throw new Error('no photo');
    const { latitude, longitude, key } = place;
    const around = [longitude - 1e-4, latitude - 1e-4, longitude + 1e-4, latitude + 1e-4];
    const box = `--bbox=${around.join(',')}`;
    expect(await keysOf(box)).toEqual([]);
    expect(await keysOf(box, '--precise')).toContain(key);
  });

  test('and the list of taxa decides which they are', async () => {
    const list = join(bench.photos, 'none.csv');
    await writeFile(list, 'taxon\n');
    const { stdout } = await runCli(['export', '--format', 'csv'], {
      cwd: bench.photos,
      env: { ...env(), NIGHTJAR_SENSITIVE_TAXA_FILE: list },
    });
    expect(secret.filter((place) => !tellsOf(stdout, place))).toEqual([]);
  });
});

describe('filters', () => {
  test.each([
    ['--taxon Felidae', `label in ('Panthera pardus', 'Panthera onca', 'Panthera', 'Felidae')`],
    [
      '--taxon aves --taxon Equus',
      `label in ('Aves', 'Struthio camelus', 'Dromaius novaehollandiae', 'Struthioniformes', 'Struthionidae', 'Struthio', 'Casuariiformes', 'Casuariidae', 'Dromaius', 'Equus quagga', 'Equus')`,
    ],
    [
      '--from 2025-06-01 --to 2025-09-01',
      `captured_local >= '2025-06-01' and captured_local < '2025-09-01'`,
    ],
    ['--decision region_demoted,blank', `decision in ('region_demoted', 'blank')`],
    ['--decision rolled_up', `decision like 'rolled_up:%'`],
    ['--min-score 0.99', `score >= 0.99`],
    ['--deployment kruger', `key like 'kruger/%'`],
    ['--deployment krug', 'false'],
    [
      '--bbox=110,-45,155,-10 --precise',
      'longitude between 110 and 155 and latitude between -45 and -10',
    ],
    [
      '--bbox=110,-45,-100,60 --precise',
      '(longitude >= 110 or longitude <= -100) and latitude between -45 and 60',
    ],
  ])('%s', async (args, where) => {
    expect(await keysOf(...args.split(' '))).toEqual(await keysWhere(where));
  });

  test('--run, --source and --model name what there is', async () => {
    const everything = await keysWhere('true');
    expect(await keysOf('--run', runId, '--source', '.', '--model', 'demo@1')).toEqual(everything);
    expect(await keysOf('--source', bench.source, '--model', 'demo@production')).toEqual(
      everything,
    );
  });

  test('by what rejected photos do not have leave them out; by what they have keep those meant', async () => {
    const imagesOf = async (...args: string[]) =>
      readMegadetector(await exported('--format', 'megadetector', ...args)).images;
    const cats = await imagesOf('--taxon', 'Felidae');
    expect(cats.length).toBeGreaterThan(0);
    expect(cats.filter(({ failure }) => failure)).toEqual([]);
    const kruger = await imagesOf('--deployment', 'kruger', '--run', runId);
    expect(kruger.filter(({ failure }) => failure).map(({ file }) => file)).toEqual([
      'kruger/IMG_0008.JPG',
    ]);
    expect(kruger).toHaveLength(9);
  });

  test('that find nothing give an empty file that is one', async () => {
    expect(await rowsOf('--taxon', 'Bos')).toEqual([]);
    const text = await exported('--format', 'megadetector', '--taxon', 'Bos');
    expect(readMegadetector(text).images).toEqual([]);
  });

  test.each([
    ['--format xml', /Allowed choices are csv, geojson, megadetector/],
    [
      '--format csv --decision sure',
      /Expected a decision for --decision but received "sure"\. There is vision,/,
    ],
    ['--format csv --bbox 1,2,3', /Expected west,south,east,north in degrees.*"1,2,3"/],
    ['--format csv --bbox 1,,3,4', /Expected west,south,east,north/],
    ['--format csv --min-score 2', /Expected a score from 0 to 1 for --min-score but received "2"/],
    ['--format csv --from 2025-02-30', /Expected a day like 2026-03-01/],
    ['--format csv --run 99', /Expected the number of a run for --run but received "99"/],
    ['--format csv --source s3://nowhere/', /Expected a source that a run has read/],
    ['--format csv --model owl@1', /Expected a registered model but received "owl@1"/],
  ])('%s is refused, and nothing is written', async (args, message) => {
    const { code, stdout, stderr } = await run(...args.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('where it goes', () => {
  const drafts = async () =>
    (await readdir(bench.photos)).filter((file) => file.startsWith('.') || file.endsWith('.out'));

  test('a file, replaced when the export is complete, and nothing beside it', async () => {
    const file = join(bench.photos, 'table.out');
    await writeFile(file, 'old');
    const stdout = await exported('--format', 'csv', '--output', 'table.out');
    expect(stdout).toMatch(/^Exported \d+ predictions to table\.out\.\n$/);
    expect(parse(await readFile(file, 'utf8')).length).toBe((await keysOf()).length + 1);
    expect(await drafts()).toEqual(['table.out']);
  });

  test.each(['/dev/null', '.', 'no/such/folder.csv'])('never %s', async (file) => {
    const { code, stderr } = await run('--format', 'csv', '--output', file);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected to write a file at');
    expect(stderr).toContain('Name another with --output');
  });
});

describe('a large export', () => {
  const ROWS = 30_000;
  beforeAll(async () => {
    // At two moments only: the pages have to be told apart by their photos.
    await query(
      `insert into nightjar.photos (source, key, etag, size, last_modified)
       select '${bench.source}', 'many/' || i || '.jpg', 'x', 1, now() from generate_series(1, $1::integer) i`,
      [ROWS],
    );
    await query(`insert into nightjar.predictions (photo_id, model_version_id, run_id, label, rank, score,
        decision, vision_label, vision_score, fusion, raw_labels, raw_scores, captured)
      select p.id, 1, ${runId}, 'Vulpes vulpes', 'species', 1, 'vision', 'Vulpes vulpes', 1, 'none', '{}', '{}',
        case when p.id % 2 = 0 then '2020-01-01'::timestamp else '-infinity' end
      from nightjar.photos p where key like 'many/%'`);
  });

  test('has every photo once, over all of its pages', async () => {
    const rows = await rowsOf('--deployment', 'many');
    expect(rows).toHaveLength(ROWS);
    expect(new Set(rows.map(({ photoId }) => photoId)).size).toBe(ROWS);
  });

  test('is read page by page in an index: of any of several models a page reads no more than itself', async () => {
    await query('vacuum analyze nightjar.photos');
    await query('vacuum analyze nightjar.predictions');
    const after = ['2020-01-01', '20000', '1'];
    const nulls = (count: number) => Array.from({ length: count }, () => null);
    const rows = await query<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off, buffers off) ${sql('list-predictions')}`,
      [[1, 2], ...nulls(12), SENSITIVE, ...after, 100],
    );
    const plan = rows.map((row) => row['QUERY PLAN']);
    const scan = plan.find((line) => line.includes('predictions_newest')) ?? plan.join('\n');
    expect(Number(/actual time=\S+ rows=([\d.]+)/.exec(scan)?.[1])).toBeLessThanOrEqual(100);
  });

  test('ends in silence when who reads has had enough', async () => {
    const bin = `"${process.execPath}" "${resolve('bin/nightjar.js')}"`;
    const { stdout, stderr } = await promisify(execFile)(
      'sh',
      ['-c', `${bin} export --format csv | head -n 1`],
      { cwd: bench.photos, env: { PATH: process.env.PATH, ...env() } },
    );
    expect(stdout).toMatch(/^photoId,source,key,[^\n]*\n$/);
    expect(stderr).toBe('');
  });

  test('that is stopped says so, and leaves the file as it was', async () => {
    const file = join(bench.photos, 'large.out');
    await writeFile(file, 'old');
    const before = await readdir(bench.photos);
    const { child, ended } = startCli(['export', '--format', 'geojson', '--output', 'large.out'], {
      cwd: bench.photos,
      env: env(),
    });
    while ((await readdir(bench.photos)).length === before.length) {
      await new Promise((wait) => setTimeout(wait, 5));
    }
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 143, stdout: '' });
    expect(stderr).toContain('stopped: the export is not complete');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(bench.photos)).toEqual(before);
  });
});

describe('more than one model or source', () => {
  beforeAll(async () => {
    await query(`insert into nightjar.models (name) values ('other')`);
    await query(`insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
      select id, '1', 'none', '{}', '[]' from nightjar.models where name = 'other'`);
    await query(`insert into nightjar.model_aliases (model_id, alias, model_version_id)
      select model_id, 'production', id from nightjar.model_versions where sha256 = 'none'`);
    await query(`insert into nightjar.predictions (photo_id, model_version_id, run_id, label, rank, score,
        decision, vision_label, vision_score, fusion, raw_labels, raw_scores)
      select p.id, v.id, ${runId}, 'Canis', 'genus', 0.5, 'vision', 'Canis', 0.5, 'none', '{}', '{}'
      from nightjar.photos p, nightjar.model_versions v
      where v.sha256 = 'none' and p.key = 'uluru/IMG_0001.JPG'`);
  });

  test('all in production are in a CSV; a MegaDetector file wants one, by name', async () => {
    const rows = await rowsOf('--deployment', 'uluru');
    const twice = rows.filter(({ key }) => key === 'uluru/IMG_0001.JPG');
    expect(twice.map(({ model }) => model)).toEqual(['demo@1', 'other@1']);
    const { code, stdout, stderr } = await run('--format', 'megadetector');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'Expected one model version for --format megadetector but received demo@1, other@1.',
    );
    await exported('--format', 'megadetector', '--model', 'demo@1', '--deployment', 'uluru');
  });

  test('a MegaDetector file wants one source, as its files are keys', async () => {
    await query(`insert into nightjar.runs (job, logical_time, trigger, status, source, model_version_id)
      values ('b', now(), 'shell', 'done', 's3://elsewhere/', 1)`);
    const args = ['--format', 'megadetector', '--model', 'demo@1', '--deployment', 'uluru'];
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected one source for --format megadetector');
    expect(readMegadetector(await exported(...args, '--source', bench.source)).images).toHaveLength(
      7,
    );
    expect(readMegadetector(await exported(...args, '--source', 's3://elsewhere/')).images).toEqual(
      [],
    );
  });

  test('without any in production there is nothing to export by itself', async () => {
    await query('delete from nightjar.model_aliases');
    const { code, stderr } = await run('--format', 'csv');
    expect(code).toBe(2);
    expect(stderr).toContain('Expected a model in production but there is none.');
    await exported('--format', 'csv', '--model', 'other@1');
  });
});
