import type { ObservedPlan } from './observe-plans.ts';

const LARGE = ['photos', 'predictions', 'rejects'];

/** Prints observed plans and empties them: a statement a line, with its scans of large tables. */
export function reportPlans(title: string, plans: ObservedPlan[]): void {
  console.log(`\n${title}`);
  for (const name of new Set(plans.map((plan) => plan.name))) {
    const same = plans.filter((plan) => plan.name === name);
    const total = same.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    console.log(
      `${total.toFixed(1).padStart(8)} ms  ${name}${same.length > 1 ? ` × ${same.length}` : ''}`,
    );
    const rows = new Map<string, number>();
    for (const scan of same.flatMap(({ scans }) => scans)) {
      if (!LARGE.includes(scan.table)) continue;
      const node = `${scan.node} ${scan.index ?? scan.table}`;
      rows.set(node, (rows.get(node) ?? 0) + scan.rows);
    }
    for (const [node, n] of rows)
      console.log(`             ${node}: ${n.toLocaleString('en')} rows`);
  }
  plans.length = 0;
}

/** Prints how long something took. */
export async function time<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  console.log(`${(performance.now() - start).toFixed(1).padStart(8)} ms  ${what}`);
  return result;
}
