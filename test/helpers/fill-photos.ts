import { latLngToCell } from 'h3-js';
import type { Database } from '../../src/adapters/postgres-database.ts';

/** A photo with a prediction, as a run would have left it. */
export interface FilledPhoto {
  readonly key: string;
  readonly source?: string;
  /** `YYYY-MM-DDTHH:MM:SS` of the camera's clock; null: unknown. */
  readonly local?: string | null;
  readonly position?: readonly [latitude: number, longitude: number] | null;
  readonly label?: string;
  readonly visionLabel?: string;
  readonly rank?: string;
  readonly score?: number;
  readonly decision?: string;
  /** Model version; default 1. */
  readonly model?: number;
  readonly run?: number;
  readonly superseded?: boolean;
  /** No prediction but a reject. */
  readonly rejected?: boolean;
}

/** What tests label with: a demo model's species, or names alone with the ranks they need. */
export interface FilledLabel {
  readonly scientificName: string;
  readonly family?: string;
  readonly genus?: string;
  readonly kind?: string;
}

/** Registers a model version with labels. @returns its id */
export async function fillModel(
  database: Database,
  { name = 'made', version = '1', production = true, labels = [] as readonly FilledLabel[] } = {},
): Promise<number> {
  await database.query('insert into nightjar.models (name) values ($1) on conflict do nothing', [
    name,
  ]);
  const rows = labels.map(({ scientificName, family, genus, kind = 'animal' }, index) => {
    const [first = '', species = null] = scientificName.split(' ');
    return {
      index,
      scientificName,
      commonName: null,
      class: kind === 'animal' ? 'Mammalia' : null,
      order: kind === 'animal' ? 'Carnivora' : null,
      family: family ?? null,
      genus: genus ?? (species ? first : null),
      species,
      kind,
    };
  });
  const inserted = await database.query<{ id: number }>(
    `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
     select id, $2, 'none', '{}', $3 from nightjar.models where name = $1 returning id`,
    [name, version, JSON.stringify(rows)],
  );
  const id = inserted.rows[0]?.id ?? 0;
  if (production) {
    await database.query(
      `insert into nightjar.model_aliases (model_id, alias, model_version_id)
       select model_id, 'production', id from nightjar.model_versions where id = $1
       on conflict (model_id, alias) do update set model_version_id = excluded.model_version_id`,
      [id],
    );
  }
  return id;
}

/** Opens a run that is over. @returns its id */
export async function fillRun(database: Database, modelVersionId: number): Promise<number> {
  const { rows } = await database.query<{ id: string }>(
    `insert into nightjar.runs (job, logical_time, trigger, status, source, model_version_id, started_at, finished_at)
     values ('made', now() + random() * interval '1 day', 'shell', 'done', 's3://made/', $1, now(), now())
     returning id::text`,
    [modelVersionId],
  );
  return Number(rows[0]?.id);
}

/** Inserts photos and their predictions. @returns their ids, in the same order */
export async function fillPhotos(
  database: Database,
  photos: readonly FilledPhoto[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const photo of photos) ids.push(await fillPhoto(database, photo));
  return ids;
}

async function fillPhoto(database: Database, photo: FilledPhoto): Promise<string> {
  const { key, source = 's3://made/', local = null, position = null, superseded = false } = photo;
  const [latitude, longitude] = position ?? [null, null];
  const cell = latitude === null ? null : latLngToCell(latitude, longitude ?? 0, 7);
  const { rows } = await database.query<{ id: string }>(
    `insert into nightjar.photos (source, key, etag, size, last_modified, captured_local, captured_at,
       latitude, longitude, location_status, cell, superseded_at, format, content_sha256)
     values ($1, $2, gen_random_uuid()::text, 1000, '2026-01-01', $3::timestamp, $3::timestamp at time zone 'UTC',
       $4, $5, case when $4::float8 is null then 'none' else 'exif' end, $6,
       case when $7 then now() end, 'jpeg', 'x')
     on conflict do nothing returning id::text`,
    [source, key, local, latitude, longitude, cell, superseded],
  );
  const id = rows[0]?.id ?? '';
  await fillAnswer(database, id, photo, cell);
  return id;
}

/** Inserts one model version's answer for a photo that is there. */
export async function fillAnswer(
  database: Database,
  id: string,
  photo: Omit<FilledPhoto, 'key'>,
  cell: string | null,
): Promise<void> {
  const { label = 'Vulpes vulpes', rank = 'species', score = 0.9, decision = 'vision' } = photo;
  const { model = 1, run = 1, local = null, rejected = false } = photo;
  if (rejected) {
    await database.query(
      `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message, attempts, final)
       values ($1, $2, $3, 'transform', 'IMAGE_CORRUPT', 'Expected a picture but its data are damaged', 1, true)`,
      [id, model, run],
    );
    return;
  }
  await database.query(
    `insert into nightjar.predictions (photo_id, model_version_id, run_id, label, rank, score, decision,
       vision_label, vision_score, fusion, raw_labels, raw_scores, captured, area, region_cell)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $6, 'none', '{0}', array[$6::real],
       coalesce($9::timestamp, '-infinity'), nightjar.area_of($10), $10)`,
    [id, model, run, label, rank, score, decision, photo.visionLabel ?? label, local, cell],
  );
}
