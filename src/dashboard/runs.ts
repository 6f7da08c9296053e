import type { Run, Runs } from './answers.ts';
import { h } from './dom.ts';
import { formatCount, formatSeconds } from './format.ts';
import { age } from './freshness.ts';
import { emptyState } from './panel.ts';
import { createTable } from './table.ts';

const MOODS: Record<string, string> = {
  done: 'good',
  running: 'waiting',
  planning: 'waiting',
  queued: 'waiting',
  skipped: 'quiet',
  failed: 'bad',
  crashed: 'bad',
  not_reconciled: 'bad',
  over_error_budget: 'bad',
};

/** The last runs, a row each. */
export function showRuns({ items }: Runs): HTMLElement {
  if (items.length === 0) {
    return emptyState('No run yet. `nightjar run` or `nightjar schedule` makes the first.');
  }
  return createTable({
    caption: 'The last runs, the newest first',
    columns: [
      { name: 'Run' },
      { name: 'Job' },
      { name: 'Status' },
      { name: 'Started' },
      { name: 'Listed', numeric: true },
      { name: 'Predicted', numeric: true },
      { name: 'Rejected', numeric: true },
      { name: 'Took', numeric: true },
    ],
    rows: items.map((run) => [
      run.run,
      run.kind === 'run' ? run.job : `${run.job} (${run.kind})`,
      statusOf(run),
      run.startedAt ? age(run.startedAt) : age(run.logicalTime),
      formatCount(run.listed),
      formatCount(run.predicted),
      formatCount(run.rejected),
      formatSeconds(run.seconds),
    ]),
  });
}

function statusOf({ status, error, skipReason }: Run): HTMLElement {
  const reason = error ?? skipReason;
  return h(
    'span',
    { class: `status ${MOODS[status] ?? 'quiet'}`, title: reason },
    status.replaceAll('_', ' '),
    reason && h('span', { class: 'reason' }, reason),
  );
}
