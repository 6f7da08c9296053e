import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openEmbeddedPostgres } from '../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../src/adapters/pg-boss-queue.ts';
import { openDatabase } from '../src/adapters/postgres-database.ts';
import { migrate } from '../src/adapters/postgres-migrations.ts';
import { createTempFolder } from '../test/helpers/temp-folder.ts';
import { time } from './report-plans.ts';

// How much memory and time exports take: node bench/export.ts --photos 1000000
const { values: flags } = parseArgs({
  options: { photos: { type: 'string', default: '1000000' } },
});
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };
/** A tenth of the photos; told coarsely, and so is whatever is near. */
const SECRET = 'Lynx lynx';
const TAXA = ['Vulpes vulpes', SECRET];
const FILL_WITHIN_MS = 3_600_000;

const home = await createTempFolder('nightjar-bench-');
const server = await openEmbeddedPostgres(home);
const database = await openDatabase({ url: server.url, timeoutMs: FILL_WITHIN_MS, log });
try {
  await migrate(database);
  await migrateQueue(database);
  await time('filling', fill);
  for (const format of ['csv', 'geojson', 'megadetector']) {
    for (const slow of [false, true]) await measure(format, slow);
  }
} finally {
  await database.close();
  await server.release();
  await rm(home, { recursive: true, force: true });
}

/** One model version, one source, a run; every hundredth photo is rejected. */
async function fill(): Promise<void> {
  await writeFile(join(home, 'taxa.csv'), `taxon\n${SECRET}\n`);
  const labels = TAXA.map((scientificName, index) => {
    const [genus, species] = scientificName.split(' ');
    const above = { class: null, order: null, family: null, commonName: null };
    return { index, scientificName, genus, species, ...above, kind: 'animal' };
  });
  await database.query(`insert into nightjar.models (name) values ('bench')`);
  await database.query(
    `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
     values (1, '1', 'none', '{}', $1)`,
    [JSON.stringify(labels)],
  );
  await database.query(
    `insert into nightjar.model_aliases (model_id, alias, model_version_id) values (1, 'production', 1)`,
  );
  await database.query(
    `insert into nightjar.runs (job, logical_time, trigger, status, source, model_version_id)
     values ('bench', now(), 'shell', 'done', 's3://bench/', 1)`,
  );
  await database.query(
    `insert into nightjar.photos (source, key, etag, size, last_modified, captured_local, captured_at,
       utc_offset, latitude, longitude, cell, location_status)
     select 's3://bench/', 'site-' || i % 1000 || '/DCIM/100RECNX/IMG_' || lpad(i::text, 8, '0') || '.JPG',
       md5(i::text), 300000, t, t at time zone 'UTC', t, '+00:00', 45 + i % 1000 * 0.001, 7 + i % 977 * 0.001,
       '871f9' || lpad(to_hex(i % 4096), 3, '0') || '8ffffff', 'exif'
     from generate_series(1, $1::integer) i,
       lateral (select timestamptz '2024-01-01Z' + interval '1 minute' * i as t) t`,
    [flags.photos],
  );
  await database.query(
    `insert into nightjar.predictions (photo_id, model_version_id, run_id, label, common_name, rank, score, decision,
       vision_label, vision_score, fusion, raw_labels, raw_scores, captured, area)
     select p.id, 1, 1, l, 'a common name', 'species', 0.9, 'vision', l, 0.9, 'none',
       array_fill(1::smallint, array[20]), array_fill(0.05::real, array[20]), captured_local, nightjar.area_of(cell)
     from nightjar.photos p, lateral (select case when id % 10 = 1 then $1 else $2 end as l) l
     where id % 100 <> 0`,
    [SECRET, TAXA[0]],
  );
  await database.query(
    `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message, attempts, final)
     select id, 1, 1, 'extract', 'IMAGE_EMPTY', 'Expected bytes but received none', 1, true
     from nightjar.photos where id % 100 = 0`,
  );
  for (const table of ['photos', 'predictions', 'rejects']) {
    await database.query(`vacuum analyze nightjar.${table}`);
  }
}

/** @param slow the reader takes 50 MB a second at most */
async function measure(format: string, slow: boolean): Promise<void> {
  const start = Date.now();
  const child = spawn(process.execPath, [resolve('src/cli.ts'), 'export', '--format', format], {
    cwd: home,
    env: {
      ...process.env,
      DATABASE_URL: server.url,
      NIGHTJAR_SENSITIVE_TAXA_FILE: join(home, 'taxa.csv'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => child.once('close', done));
  let peak = '';
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const watching = (async () => {
    while (!over) {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      peak = /VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peak;
      await sleep(50);
    }
  })();
  let bytes = 0;
  for await (const chunk of child.stdout) {
    bytes += chunk.length;
    if (slow) await sleep(chunk.length / 50_000);
  }
  await Promise.all([ended, watching]);
  const seconds = (Date.now() - start) / 1000;
  const reader = slow ? 'a slow reader' : 'a fast reader';
  console.log(
    `${format}, ${reader}: ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s, ${Math.round(Number(peak) / 1024)} MiB of memory at most`,
  );
}
