import { readdirSync } from 'node:fs';
import { type Database, type Queryable, sql } from '../src/adapters/postgres-database.ts';

/** One node of a plan that reads a table. */
export interface Scan {
  /** `Seq Scan`, `Index Scan`, … */
  readonly node: string;
  readonly table: string;
  readonly index: string | null;
  /** Rows it looked at, all loops together, the ones it threw away among them. */
  readonly rows: number;
}

/** How a statement was carried out. */
export interface ObservedPlan {
  /** Of the file in `sql/queries`; the statement's beginning for one that is in none. */
  readonly name: string;
  readonly milliseconds: number;
  readonly scans: readonly Scan[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * A database that first explains each statement, having it carried out and undone, and then carries
 * it out: what is measured is what the program sends.
 */
export function observePlans(database: Database, onPlan: (plan: ObservedPlan) => void): Database {
  const watch = (client: Queryable): Queryable => ({
    async query(text, values) {
      if (!/^(set|select pg_advisory)/.test(text)) onPlan(await explain(client, text, values));
      return client.query(text, values);
    },
  });
  return {
    ...database,
    query: (text, values) => database.transaction((client) => watch(client).query(text, values)),
    transaction: (work) => database.transaction((client) => work(watch(client))),
  };
}

async function explain(client: Queryable, text: string, values?: unknown[]): Promise<ObservedPlan> {
  await client.query('savepoint explained');
  const { rows } = await client.query<{
    'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number; 'Planning Time': number }];
  }>(`explain (analyze, format json) ${text}`, values);
  await client.query('rollback to savepoint explained');
  const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
  if (!plan) throw new Error('a statement without a plan');
  return {
    name: nameOf(text),
    milliseconds: plan['Planning Time'] + plan['Execution Time'],
    scans: listScans(plan.Plan),
  };
}

function listScans(node: PlanNode): Scan[] {
  const { 'Relation Name': table, 'Index Name': index = null, 'Actual Loops': loops } = node;
  const rows = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * loops;
  const own =
    table && node['Node Type'] !== 'ModifyTable'
      ? [{ node: node['Node Type'], table, index, rows: Math.round(rows) }]
      : [];
  return [...own, ...(node.Plans ?? []).flatMap(listScans)];
}

function nameOf(text: string): string {
  const file = readdirSync('sql/queries').find((name) => sql(name.replace('.sql', '')) === text);
  return file?.replace('.sql', '') ?? text.trim().slice(0, 40);
}
