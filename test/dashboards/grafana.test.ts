import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAsReader } from '../helpers/as-reader.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';

interface Target {
  readonly rawSql: string;
  readonly format: 'table' | 'time_series';
  readonly datasource: { readonly uid: string };
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource: { readonly uid: string };
  readonly targets: readonly Target[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
}
const dashboard: { panels: Panel[]; templating: { list: Variable[] } } = JSON.parse(
  readFileSync('deploy/grafana/nightjar.json', 'utf8'),
);
const { panels } = dashboard;

// Variables, as Grafana writes them.
const DATASOURCE = '$' + '{datasource}';
const SOURCES = '$' + '{source:sqlstring}';
/** Those without positions, which docs/sql.md gives to a login for it. */
const VIEWS = /nightjar\.(daily_predictions|run_summary|reject_summary)/;
/** Ten years around the photos. */
const FROM = '2020-01-01T00:00:00Z';
const TO = '2030-01-01T00:00:00Z';

let bench: RunBench;
beforeAll(async () => {
  bench = await openRunBench();
  await bench.addPhotos('kruger', 'uluru');
  await writeFile(join(bench.photos, 'empty.jpg'), '');
  await bench.run({ errorBudget: 1 });
});
afterAll(() => bench.close());

/** As Grafana's PostgreSQL source does before it asks the database. */
function expand(rawSql: string, sources: readonly string[]): string {
  const quoted = sources.map((source) => `'${source.replaceAll("'", "''")}'`).join(',');
  return rawSql
    .replace(/\$__timeFilter\(([^)]*)\)/g, `$1 BETWEEN '${FROM}' AND '${TO}'`)
    .replaceAll('$__timeFrom()', `'${FROM}'`)
    .replaceAll('$__timeTo()', `'${TO}'`)
    .replaceAll(SOURCES, quoted);
}

const ask = (statement: string) => askAsReader(bench.test.database, statement);

describe('the Grafana dashboard', () => {
  test('lets choose among the sources there are', async () => {
    const source = dashboard.templating.list.find(({ name }) => name === 'source');
    expect(await ask(source?.query ?? '')).toEqual([{ source: bench.source }]);
  });

  test.each(panels)(
    '$title: each statement gives rows to someone who reads the views alone',
    async (panel) => {
      expect(panel.targets.length).toBeGreaterThan(0);
      for (const { rawSql, format } of panel.targets) {
        const statement = expand(rawSql, [bench.source, "it's another"]);
        expect(statement).not.toContain('$');
        const rows = await ask(statement);
        expect(rows.length).toBeGreaterThan(0);
        const values = Object.values(rows[0] ?? {});
        expect(values.some((value) => value !== null)).toBe(true);
        if (format === 'time_series') {
          expect(rows.every(({ time }) => time instanceof Date)).toBe(true);
          expect(values.some((value) => typeof value === 'number')).toBe(true);
        }
      }
    },
  );

  test.each(panels)(
    '$title: asks whichever database was chosen, and only for the sources that were',
    async (panel) => {
      const uids = [panel.datasource, ...panel.targets.map(({ datasource }) => datasource)];
      expect(uids.map(({ uid }) => uid)).toEqual(uids.map(() => DATASOURCE));
      const [one] = await ask(expand(panel.targets[0]?.rawSql ?? '', ['s3://nowhere/']));
      const numbers = Object.values(one ?? {}).filter((value) => value !== null);
      expect(numbers.every((value) => value === 0)).toBe(true);
    },
  );

  test('the figures are those of the run', async () => {
    const figureOf = async (title: string) => {
      const sql = panels.find((panel) => panel.title === title)?.targets[0]?.rawSql ?? '';
      return Object.values((await ask(expand(sql, [bench.source])))[0] ?? {})[0];
    };
    expect(await figureOf('Photos with a prediction')).toBe(15);
    expect(await figureOf('Rejected for good')).toBe(2);
    expect(await figureOf('Pending')).toBe(0);
  });

  test('no panel tells a position, and none lies over another', () => {
    for (const { targets } of panels) {
      expect(targets[0]?.rawSql).toMatch(VIEWS);
      expect(targets[0]?.rawSql).not.toMatch(/current_predictions|species_daily/);
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), title).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });
});
