import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAsReader } from '../helpers/as-reader.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';

const PAGE = readFileSync('docs/sql.md', 'utf8');
const VIEWS = [
  'daily_predictions',
  'current_predictions',
  'species_daily',
  'run_summary',
  'reject_summary',
];

/** Every statement of the page, in its order. */
const statements = [...PAGE.matchAll(/^```sql\n(.*?)^```/gms)].flatMap(([, block = '']) =>
  block.split(/;\n/).filter((text) => text.trim() !== ''),
);
const queries = statements.filter((text) => /^(select|with)\b/.test(text));
const grants = statements.filter((text) => !queries.includes(text));

let bench: RunBench;
beforeAll(async () => {
  bench = await openRunBench();
  await bench.addPhotos('kruger', 'serengeti', 'uluru', 'dhofar', 'cairngorms');
  await writeFile(join(bench.photos, 'empty.jpg'), '');
  await bench.run({ errorBudget: 1 });
});
afterAll(() => bench.close());

describe('docs/sql.md', () => {
  test('the scan sees the page', () => {
    expect(queries.length).toBeGreaterThan(10);
    expect(grants).toHaveLength(7);
    for (const view of VIEWS) expect(PAGE).toContain(`| \`${view}\` |`);
  });

  test.each(queries)('gives rows to who may read the views: %s', async (statement) => {
    const rows = await askAsReader(bench.test.database, statement);
    expect(rows.length).toBeGreaterThan(0);
  });

  test('its logins read what it says, and nothing else', async () => {
    const client = await bench.test.database.connect();
    try {
      await client.query('begin');
      for (const statement of grants) await client.query(statement);
      const readable = async (role: string) => {
        const { rows } = await client.query<{ name: string }>(
          `select relname as name from pg_class
           where relnamespace = 'nightjar'::regnamespace and relkind in ('r', 'v')
             and has_table_privilege($1, oid, 'select') order by relname`,
          [role],
        );
        return rows.map(({ name }) => name);
      };
      expect(await readable('metabase')).toEqual(VIEWS.toSorted());
      expect(await readable('grafana')).toEqual([
        'daily_predictions',
        'reject_summary',
        'run_summary',
      ]);
      await client.query('set local role grafana');
      await client.query('select * from nightjar.daily_predictions');
      await expect(client.query('select * from nightjar.current_predictions')).rejects.toThrow(
        'permission denied',
      );
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
