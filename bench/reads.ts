import { parseArgs } from 'node:util';
import { latLngToCell } from 'h3-js';
import { openDatabase } from '../src/adapters/postgres-database.ts';
import { postgresReads } from '../src/adapters/postgres-reads.ts';
import { postgresRejects } from '../src/adapters/postgres-rejects.ts';
import type { CountFilter, PredictionFilter } from '../src/reads.ts';
import { type ObservedPlan, observePlans } from './observe-plans.ts';
import { openReads } from './open-reads.ts';
import { reportPlans } from './report-plans.ts';

// What each statement of the API costs in a large database: npm run bench:reads -- --photos 1000000
const { values: flags } = parseArgs({
  options: { photos: { type: 'string', default: '1000000' }, keep: { type: 'string' } },
});
const opened = await openReads(Number(flags.photos), flags.keep ?? null);

const ANY: PredictionFilter = {
  modelVersionIds: [1],
  labels: null,
  from: null,
  to: null,
  minScore: null,
  decisions: null,
  run: null,
  source: null,
  keyPrefix: null,
  box: null,
  cell: null,
};
const COUNTS: CountFilter = {
  modelVersionIds: [1],
  labels: null,
  firstDay: null,
  lastDay: null,
  decisions: null,
  source: null,
  areas: null,
};
const SPECIES = (n: number) => `Genus${n} species${n}`;
/** Where camera 17 stands. */
const CAMERA = [-35 + ((17 * 37) % 400) * 0.17, 10 + ((17 * 91) % 400) * 0.06] as const;
const around = (size: number) =>
  [CAMERA[1] - size, CAMERA[0] - size, CAMERA[1] + size, CAMERA[0] + size] as const;

/** Pages of predictions, by what they are filtered by. */
const PAGES: Record<string, Partial<PredictionFilter>> = {
  everything: {},
  'a common species': { labels: [SPECIES(0)] },
  'a rare species': { labels: [SPECIES(30)] },
  'a species nobody saw': { labels: ['Ursus arctos'] },
  'an order of 20 species': { labels: Array.from({ length: 20 }, (_, n) => SPECIES(n + 20)) },
  'a week': { from: '2025-03-01', to: '2025-03-08' },
  'a common species in a year': { labels: [SPECIES(1)], from: '2025-01-01', to: '2026-01-01' },
  'high scores': { minScore: 0.99 },
  'a decision': { decisions: ['region_weighted'] },
  'a decision there is not': { decisions: ['unknown'] },
  'a run': { run: '17' },
  'a run that is not there': { run: '999999' },
  'a source': { source: 's3://bench/' },
  'a source that is not there': { source: 's3://none/' },
  'a camera': { keyPrefix: 'camera-017/' },
  'a camera that is not there': { keyPrefix: 'none/' },
  'a rare species at a camera': { labels: [SPECIES(20)], keyPrefix: 'camera-017/' },
  'a box of a country': { box: [12, -30, 20, -20] },
  'a box around a camera': { box: around(0.02) },
  'a box in the sea': { box: [-40, 10, -30, 20] },
  'a rare species in a box': { labels: [SPECIES(20)], box: around(1) },
  'an area': { cell: latLngToCell(...CAMERA, 5) },
  'a fine cell': { cell: latLngToCell(...CAMERA, 7) },
  'a coarse cell': { cell: latLngToCell(...CAMERA, 2) },
};

const plans: ObservedPlan[] = [];
const reader = await openDatabase({
  url: opened.url,
  reader: { statementTimeoutMs: 60_000 },
  log: { debug() {}, info() {}, warn: console.warn, error: console.error },
});
const observed = observePlans(reader, (plan) => plans.push(plan));
const reads = postgresReads(observed);
const rejects = postgresRejects(observed);
const areas = await reads.listAreas([SPECIES(12)]);
plans.length = 0;
const privacy = { labels: [SPECIES(12)], areas };
console.log(`${areas.length} areas with a sensitive species`);

const show = async (title: string, work: () => Promise<readonly unknown[]>) => {
  await work();
  plans.length = 0; // the second time, when what it needs is in memory
  const rows = await work();
  reportPlans(`${title}: ${rows.length} rows`, plans);
};
for (const [title, filter] of Object.entries(PAGES)) {
  await show(`predictions: ${title}`, () =>
    reads.listPredictions({ ...ANY, ...filter }, privacy, { after: null, limit: 100 }),
  );
}
const deep = { time: '2024-12-01 00:00:00', photo: '1', model: '1' };
for (const title of ['everything', 'a common species', 'a rare species', 'a camera']) {
  await show(`predictions, a page deep in: ${title}`, () =>
    reads.listPredictions({ ...ANY, ...PAGES[title] }, privacy, { after: deep, limit: 100 }),
  );
}
await show('a page of 1,000', () =>
  reads.listPredictions(ANY, privacy, { after: null, limit: 1000 }),
);
await show('a photo', async () => [await reads.findPhoto('500000', privacy)]);
const count = (
  dimensions: Parameters<typeof reads.countPredictions>[1]['dimensions'],
  width: 'day' | 'week',
  filter = {},
) => reads.countPredictions({ ...COUNTS, ...filter }, { dimensions, width, resolution: 5 }, 20_001);
await show('counts by day and species', () => count(['day', 'label'], 'day'));
await show('counts by week', () => count(['day'], 'week'));
await show('counts by area', () => count(['area'], 'day'));
await show('counts by day of a species in a year', () =>
  count(['day'], 'day', { labels: [SPECIES(3)], firstDay: '2025-01-01', lastDay: '2025-12-31' }),
);
await show('species', () => reads.listSeenLabels([1]));
await show('areas', () => reads.listAreas(null));
await show('runs', () => reads.listRuns({ job: null, status: null, kind: null }, null, 100));
await show(
  'rejects',
  async () =>
    (
      await rejects.listPage(
        { codes: null, runId: null, sources: null, modelVersionId: null, final: null },
        null,
        100,
      )
    ).items,
);
await reader.close();
await opened.close();
