import { rm } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { openEmbeddedPostgres } from '../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../src/adapters/pg-boss-queue.ts';
import { openDatabase } from '../src/adapters/postgres-database.ts';
import { migrate } from '../src/adapters/postgres-migrations.ts';
import { findChromium } from '../test/helpers/chromium.ts';
import { startCli } from '../test/helpers/cli.ts';
import { createTempFolder } from '../test/helpers/temp-folder.ts';
import { fillPredictions } from './fill-predictions.ts';
import { quietly } from './plan-run.ts';

// How fast the dashboard shows data in a real browser: npm run bench:dashboard -- --photos 1000000
const { values: flags } = parseArgs({
  options: {
    photos: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '5' },
  },
});
const PARTS = ['freshness', 'runs', 'map', 'time', 'decisions', 'unsure', 'conflicts', 'latest'];

const home = await createTempFolder('nightjar-bench-');
const server = await openEmbeddedPostgres(home);
const executablePath = findChromium();
if (!executablePath) throw new Error('Expected Chromium but found none. Set CHROMIUM_PATH.');
try {
  const database = await openDatabase({ url: server.url, log: quietly });
  await migrate(database);
  await migrateQueue(database);
  await fillPredictions(database, Number(flags.photos));
  const { rows } = await database.query<{ n: number }>(
    'select count(*)::integer as n from nightjar.daily_counts',
  );
  await database.close();
  const serve = startCli(['serve', '--port', '0'], {
    cwd: home,
    env: { DATABASE_URL: server.url, NIGHTJAR_RATE_LIMIT: '100000' },
  });
  const [, address = ''] = await serve.said(/"address":"([^"]+)"/);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const measured = [];
  for (let at = 0; at < Number(flags.times); at++) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    measured.push(await measure(page, address));
    await page.close();
  }
  await browser.close();
  serve.child.kill('SIGTERM');
  await serve.ended;
  console.log(
    JSON.stringify(
      {
        photos: Number(flags.photos),
        dailyCounts: rows[0]?.n,
        cores: cpus().length,
        load: loadavg()[0],
        measured,
      },
      null,
      2,
    ),
  );
} finally {
  await server.release();
  await rm(home, { recursive: true, force: true });
}

/** Milliseconds from the start of the navigation until each part shows data; an empty cache. */
async function measure(page: Page, address: string): Promise<Record<string, number>> {
  await page.addInitScript(`
    window.shownAt = {};
    const parts = ${JSON.stringify(PARTS)};
    const look = () => {
      for (const part of parts) {
        const busy = document.querySelector('#' + part + '[aria-busy], #' + part + ' .skeleton, #' + part + ' .failure');
        const there = document.querySelector('#' + part + ' .panel-body > *');
        const drawn = !document.querySelector('#' + part + ' .plot:empty');
        if (there && !busy && drawn && !(part in window.shownAt)) window.shownAt[part] = Math.round(performance.now());
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);`);
  await page.goto(address);
  // By asking again and again: the page's own rules forbid to evaluate text in it.
  for (let tries = 0; tries < 600; tries++) {
    if ((await page.evaluate('Object.keys(window.shownAt).length')) === PARTS.length) break;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  const shown = (await page.evaluate('window.shownAt')) as Record<string, number>;
  const times = Object.values(shown);
  return { firstData: Math.min(...times), all: Math.max(...times), ...shown };
}
