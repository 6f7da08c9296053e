import { latLngToCell } from 'h3-js';
import { recountDays } from '../src/adapters/postgres-daily-counts.ts';
import type { Database } from '../src/adapters/postgres-database.ts';
import { settleWatermark } from '../src/adapters/postgres-watermarks.ts';

const PIECE = 100_000;
const CAMERAS = 400;
const DAYS = 3 * 365;
const SPECIES = 60;
/** Species that a camera sees. */
const AT_A_CAMERA = 12;
/** Photos that a camera takes when something passes by. */
const BURST = 5;
/** Middles of countries, more or less: cameras stand around them. */
const PLACES = [
  [48, 8],
  [57, -4],
  [-2, 35],
  [-24, 31],
  [45, -110],
  [-17, -57],
  [-25, 131],
  [7, 81],
  [17, 54],
  [60, 15],
  [40, -4],
  [22, 79],
  [-41, 172],
  [4, 114],
  [0, 24],
  [52, -105],
  [-3, -62],
  [36, 138],
] as const;

/**
 * Fills an empty, migrated database with photos of three years from cameras all over the world, each
 * with a prediction and its place in the daily counts: an eighth in question, the rest not.
 */
export async function fillPredictions(database: Database, photos: number): Promise<void> {
  await database.query(`insert into nightjar.models (name) values ('bench')`);
  await database.query(
    `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
     select id, '1', 'none', '{}', '[]' from nightjar.models`,
  );
  await database.query(
    `insert into nightjar.model_aliases (model_id, alias, model_version_id, promoted_at)
     select model_id, 'production', id, now() from nightjar.model_versions`,
  );
  await database.query(
    `insert into nightjar.runs (job, logical_time, trigger, status, source, model_version_id,
       listed, already_done, predicted, rejected, pending, started_at, finished_at)
     select 'bench', t, 'schedule', 'done', 's3://bench/', 1, $1::integer, $1::integer - 1000, 1000, 0, 0, t, t + interval '20 minutes'
     from generate_series(1, 30) night, lateral (select now() - interval '1 day' * (30 - night) as t)`,
    [photos],
  );
  // In pieces, each well within the time that a statement may take.
  for (let from = 1; from <= photos; from += PIECE) {
    const to = Math.min(photos, from + PIECE - 1);
    await addPhotos(database, from, to);
    await addPredictions(database, from, to);
  }
  await database.query('vacuum analyze nightjar.predictions');
  await recountDays(database);
  await settleWatermark(database, { source: 's3://bench/', modelVersionId: 1 });
  for (const table of ['photos', 'predictions', 'daily_counts', 'runs']) {
    await database.query(`vacuum analyze nightjar.${table}`);
  }
}

async function addPhotos(database: Database, from: number, to: number): Promise<void> {
  const cameras = Array.from({ length: CAMERAS }, (_, at) => {
    const [latitude, longitude] = PLACES[at % PLACES.length] as readonly [number, number];
    const turn = at * 2.399963; // the golden angle spreads them evenly
    const far = 0.3 * Math.sqrt(at);
    return [latitude + far * Math.sin(turn), longitude + far * Math.cos(turn)] as const;
  });
  await database.query(
    `insert into nightjar.photos (source, key, etag, size, last_modified, first_listed_at, format, width,
       height, captured_at, captured_local, utc_offset, latitude, longitude, cell, location_status)
     select 's3://bench/', 'camera-' || c || '/IMG_' || lpad(i::text, 8, '0') || '.JPG', md5(i::text), 300000, t, t,
       'jpeg', 4000, 3000, t, t at time zone 'UTC', '+00:00', ($3::real[])[c], ($4::real[])[c], ($5::text[])[c], 'exif'
     from generate_series($7::integer, $1::integer) i,
       lateral (select i / $8::integer as burst),
       lateral (select 1 + (burst::bigint * 7919 % $2::integer)::integer as c,
         date_trunc('minute', now()) - interval '1 second' * (burst::bigint * 40503 % ($6::integer * 86400) + i % $8::integer) as t)`,
    [
      to,
      CAMERAS,
      cameras.map(([latitude]) => latitude),
      cameras.map(([, longitude]) => longitude),
      cameras.map(([latitude, longitude]) => latLngToCell(latitude, longitude, 7)),
      DAYS,
      from,
      BURST,
    ],
  );
}

async function addPredictions(database: Database, from: number, to: number): Promise<void> {
  await database.query(
    `insert into nightjar.predictions (photo_id, model_version_id, run_id, label, common_name, rank, score,
       decision, vision_label, vision_score, fusion, raw_labels, raw_scores, predicted_at, captured, area)
     select p.id, 1, 1, label, lower(label), 'species', 0.9, decision, label, 0.9, 'weighted',
       array_fill(1::smallint, array[20]), array_fill(0.05::real, array[20]), p.first_listed_at,
       p.captured_local, nightjar.area_of(p.cell)
     from nightjar.photos p,
       lateral (select ('x' || substr(md5((p.id / $5::integer)::text), 1, 6))::bit(24)::integer as dice,
         ('x' || substr(md5(p.cell), 1, 6))::bit(24)::integer as place),
       lateral (select 'Species ' || (place + floor($2 * power(dice % 1000 / 1000.0, 2))::integer) % $1 as label,
         case dice / 1000 % 40 when 0 then 'unknown' when 1 then 'rolled_up:genus' when 2 then 'rolled_up:family'
           when 3 then 'region_demoted' when 4 then 'region_demoted' when 5 then 'vision' when 6 then 'blank'
           else 'region_weighted' end as decision)
     where p.id between $3 and $4`,
    [SPECIES, AT_A_CAMERA, from, to, BURST],
  );
}
