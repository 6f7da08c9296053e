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
import { fillLedger } from './fill-ledger.ts';
import { time } from './report-plans.ts';

// How much memory and time exports take: node bench/export.ts --photos 1000000
const { values: flags } = parseArgs({
  options: { photos: { type: 'string', default: '1000000' } },
});
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };
/** Lynx lynx is told coarsely: a tenth of the photos are of it. */
const TAXA = ['Vulpes vulpes', 'Lynx lynx'];

const home = await createTempFolder('nightjar-bench-');
const server = await openEmbeddedPostgres(home);
const database = await openDatabase({ url: server.url, log });
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

async function fill(): Promise<void> {
  await writeFile(join(home, 'taxa.csv'), 'taxon\nLynx lynx\n');
  await fillLedger(database, { photos: Number(flags.photos), sources: 4, pending: 0 });
  const labels = TAXA.map((scientificName, index) => {
    const [genus, species] = scientificName.split(' ');
    return { index, scientificName, genus, species, kind: 'animal' };
  });
  await database.query(`update nightjar.runs set source = 's3://bench/'`);
  await database.query(`update nightjar.model_versions set labels = $1`, [JSON.stringify(labels)]);
  await database.query(`update nightjar.photos set source = 's3://bench/', latitude = 45 + id % 1000 * 0.001, longitude = 7 + id % 977 * 0.001,
    cell = '871f9' || lpad(to_hex(id % 4096), 3, '0') || '8ffffff', location_status = 'exif',
    captured_local = last_modified at time zone 'UTC'`);
  await database.query(`update nightjar.predictions r set captured = p.captured_local, area = nightjar.area_of(p.cell),
    label = case when p.id % 10 = 1 then 'Lynx lynx' else label end
    from nightjar.photos p where p.id = r.photo_id`);
  for (const table of ['photos', 'predictions'])
    await database.query(`vacuum analyze nightjar.${table}`);
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
