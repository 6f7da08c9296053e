import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Database } from '../../src/adapters/postgres-database.ts';
import { promoteModel } from '../../src/adapters/postgres-model-registry.ts';
import { postgresRegionSnapshots } from '../../src/adapters/postgres-region-snapshots.ts';
import { addModel } from '../../src/commands/models.ts';
import { importRegions } from '../../src/commands/regions.ts';
import { loadConfig } from '../../src/config.ts';
import { promoteSnapshot } from '../../src/regions/snapshots.ts';
import { createShell } from './run-bench-shell.ts';
import { silentLog } from './silent-log.ts';

/** A photo to be put into a bucket. */
export interface NamedPhoto {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** The bundled photos again and again, each time under other keys and with other bytes at their end. */
export async function copyDemoPhotos(copies: number): Promise<NamedPhoto[]> {
  const folder = resolve('models/demo/photos');
  const files = (await readdir(folder, { recursive: true })).filter((f) => f.endsWith('.JPG'));
  const photos: NamedPhoto[] = [];
  for (const file of files.sort()) {
    const bytes = await readFile(join(folder, file));
    for (let copy = 0; copy < copies; copy++) {
      const key = `copy-${copy}/${file}`;
      photos.push({ key, bytes: Buffer.concat([bytes, Buffer.from(key)]) });
    }
  }
  return photos;
}

/** Writes a job over a source into a folder, and the demo model and regions into a database. */
export async function prepareFleet(cwd: string, database: Database, source: string): Promise<void> {
  const config = loadConfig({ cwd, env: {} });
  const app = { config, log: silentLog, database, databaseName: '' };
  await addModel(resolve('models/demo/1'), app, createShell(cwd));
  await promoteModel(database, 'demo@1');
  const file = resolve('models/demo/regions/occurrences.csv');
  await importRegions({ file, name: 'demo' }, app);
  await promoteSnapshot(postgresRegionSnapshots(database), 'demo@1');
  await mkdir(join(cwd, 'jobs'), { recursive: true });
  const job = { name: 'fleet', source, model: 'demo@production', errorBudget: '10%' };
  await writeFile(join(cwd, 'jobs', 'fleet.yaml'), JSON.stringify(job));
}

/** What became of every photo, by key: everything of its row but ids and times. */
export async function readOutcomes(database: Database): Promise<Record<string, unknown>[]> {
  const { rows } = await database.query(
    `select p.key, p.captured_at, p.latitude, p.longitude, p.cell, encode(p.content_sha256, 'hex') as sha256,
       to_jsonb(r) - '{photo_id,run_id,predicted_at}'::text[] as prediction,
       to_jsonb(j) - '{photo_id,run_id,first_rejected_at,last_rejected_at}'::text[] as reject
     from nightjar.photos p
     left join nightjar.predictions r on r.photo_id = p.id
     left join nightjar.rejects j on j.photo_id = p.id
     order by p.key`,
  );
  return rows;
}
