import { recountDays } from '../src/adapters/postgres-daily-counts.ts';
import { type Database, withoutTimeout } from '../src/adapters/postgres-database.ts';

/** What was made up for reading. */
export interface FilledReads {
  /** `Species 0` is every second photo; each further one half as frequent, to the 40th, a dozen or so of a million. */
  readonly species: readonly string[];
  readonly source: string;
}

const SPECIES = 40;

/**
 * Fills an empty, migrated database with current predictions of one model version, of 400 cameras in as many
 * areas over two years, ten photos in a minute each time something moved; 1% of the species are sensitive elephants, which live at few of them.
 */
export async function fillReads(database: Database, photos: number): Promise<FilledReads> {
  const species = Array.from({ length: SPECIES }, (_, n) => `Genus${n} species${n}`);
  const labels = species.map((scientificName, index) => ({
    index,
    scientificName,
    commonName: `species ${index}`,
    class: 'Mammalia',
    order: index < 20 ? 'Carnivora' : 'Proboscidea',
    family: index === 12 ? 'Elephantidae' : `Family${index % 8}`,
    genus: `Genus${index}`,
    species: `species${index}`,
    kind: 'animal',
  }));
  const source = 's3://bench/';
  const client = await database.connect();
  const session = withoutTimeout(client);
  try {
    await session.query(`insert into nightjar.models (name) values ('bench')`);
    await session.query(
      `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels) values (1, '1', 'x', '{}', $1)`,
      [JSON.stringify(labels)],
    );
    await session.query(
      `insert into nightjar.model_aliases (model_id, alias, model_version_id) values (1, 'production', 1)`,
    );
    await session.query(
      `insert into nightjar.runs (job, logical_time, trigger, status, source, model_version_id, started_at, finished_at)
       select 'bench', now() - interval '1 day' * n, 'schedule', 'done', $1, 1, now(), now() from generate_series(1, 100) n`,
      [source],
    );
    await session.query(MAKE_PHOTOS, [photos, source, await listCells(session)]);
    // What the triggers would note row by row.
    await session.query("set session_replication_role = 'replica'");
    await session.query(MAKE_PREDICTIONS, [species]);
    await session.query("set session_replication_role = 'origin'");
    await session.query(
      `insert into nightjar.label_areas select distinct label, area from nightjar.predictions`,
    );
    await session.query(
      `insert into nightjar.areas select distinct area from nightjar.predictions`,
    );
    await session.query(
      `insert into nightjar.uncounted_days select distinct 1, captured::date from nightjar.predictions`,
    );
    for (const table of ['photos', 'predictions', 'label_areas', 'runs']) {
      await session.query(`vacuum analyze nightjar.${table}`);
    }
  } finally {
    client.release();
  }
  await recountDays(database);
  await database.query('vacuum analyze nightjar.daily_counts');
  return { species, source };
}

/** Cells of resolution 7 for the cameras, made here as the server knows no H3. */
async function listCells(session: { query: Database['query'] }): Promise<string> {
  const { latLngToCell } = await import('h3-js');
  const { rows } = await session.query<{ n: number; latitude: number; longitude: number }>(
    'select n, -35 + (n * 37 % 400) * 0.17 as latitude, 10 + (n * 91 % 400) * 0.06 as longitude from generate_series(0, 399) n',
  );
  return JSON.stringify(
    rows.map(({ n, latitude, longitude }) => ({
      n,
      latitude: Number(latitude),
      longitude: Number(longitude),
      cell: latLngToCell(Number(latitude), Number(longitude), 7),
    })),
  );
}

const MAKE_PHOTOS = `
insert into nightjar.photos (source, key, etag, size, last_modified, format, captured_at, captured_local,
  latitude, longitude, location_status, cell)
select $2, 'camera-' || lpad(c.n::text, 3, '0') || '/IMG_' || lpad(i::text, 8, '0') || '.JPG', md5(i::text), 300000,
  t, 'jpeg', t, t at time zone 'UTC', c.latitude, c.longitude, 'exif', c.cell
from generate_series(0, $1::integer - 1) i
join jsonb_to_recordset($3::jsonb) as c(n integer, latitude double precision, longitude double precision, cell text)
  on c.n = (i / 10 * 7919::bigint) % 400,
lateral (select timestamptz '2026-06-01Z' - interval '1 minute' * ((i::bigint / 10 * 1048573) % 1051200) + interval '1 s' * (i % 10) as t) t`;

/** The nth species is one photo in 2^(n/2 + 1), elephants at every twentieth camera alone. */
const MAKE_PREDICTIONS = `
insert into nightjar.predictions (photo_id, model_version_id, run_id, label, common_name, rank, score, decision,
  vision_label, vision_score, fusion, raw_labels, raw_scores, captured, area)
select p.id, 1, 1 + p.id % 100, name, name, 'species', 0.3 + 0.7 * ((p.id * 31) % 1000) / 1000, 
  case when p.id % 5 = 0 then 'region_weighted' else 'vision' end, name, 0.9, 'none',
  array_fill(1::smallint, array[20]), array_fill(0.05::real, array[20]), p.captured_local, nightjar.area_of(p.cell)
from nightjar.photos p,
lateral (select least(39, floor(-2 * ln((((p.id / 10 * 2654435761) % 1000003) + 1) / 1000004.0) / ln(2)))::integer as raw) r,
lateral (select ($1::text[])[1 + case when r.raw = 12 and p.key !~ 'camera-..0' then 11 else r.raw end] as name) s
order by p.id`;
