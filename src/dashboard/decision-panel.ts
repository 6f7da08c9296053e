import { type Area, groupCountries } from './areas.ts';
import { DECISION_GROUPS, groupOf, ROLL_UP_RANKS } from './decisions.ts';
import { h } from './dom.ts';
import type { FilterState } from './filter-state.ts';
import { countOf, formatCount, formatShare } from './format.ts';
import { emptyState } from './panel.ts';
import { createTable } from './table.ts';

const MOST_REGIONS = 12;
type ByDecision = ReadonlyMap<string, number>;

/** Decisions over all, and by region. */
export function showDecisions(areas: readonly Area[], state: FilterState): HTMLElement {
  if (areas.length === 0) return emptyState('No photos match the filters.');
  const regions = groupCountries(areas);
  const all = sumDecisions(areas);
  const total = regions.reduce((sum, { photos }) => sum + photos, 0);
  const shown = regions.slice(0, MOST_REGIONS);
  return h(
    'div',
    { class: 'decisions' },
    createLegend(all, total, state),
    createTable({
      caption: 'Decisions by country',
      columns: [
        { name: 'Country' },
        { name: 'Photos', numeric: true },
        { name: 'Decisions' },
        { name: 'Rolled up', numeric: true },
        { name: 'Conflict', numeric: true },
      ],
      rows: shown.map(({ name, photos, byDecision }) => [
        name,
        formatCount(photos),
        createBar(byDecision, photos),
        formatShare(countGroup(byDecision, 'rolled'), photos),
        formatShare(countGroup(byDecision, 'conflict'), photos),
      ]),
    }),
    regions.length > shown.length &&
      h(
        'p',
        { class: 'hint' },
        `and ${formatCount(regions.length - shown.length)} more countries with fewer photos`,
      ),
  );
}

function countGroup(byDecision: ByDecision, group: string): number {
  let sum = 0;
  for (const [decision, count] of byDecision) if (groupOf(decision).id === group) sum += count;
  return sum;
}

/** Shares side by side; said in words for those who do not see it. */
function createBar(byDecision: ByDecision, photos: number): HTMLElement {
  const parts = DECISION_GROUPS.map((group) => ({
    group,
    count: countGroup(byDecision, group.id),
  }));
  const present = parts.filter(({ count }) => count > 0);
  const words = present.map(({ group, count }) => `${group.name} ${formatShare(count, photos)}`);
  return h(
    'div',
    { class: 'bar', role: 'img', 'aria-label': words.join(', '), title: words.join('\n') },
    present.map(({ group, count }) =>
      h('span', { style: `flex-grow:${count};background:var(--c${group.colour})` }),
    ),
  );
}

function createLegend(all: ByDecision, total: number, state: FilterState): HTMLElement {
  const chosen = state.current.decision.join();
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Decisions; each filters by itself' },
    DECISION_GROUPS.map((group) => {
      const count = countGroup(all, group.id);
      const pressed = chosen === group.decisions.join();
      return h(
        'li',
        {},
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(pressed),
            title: countOf(count, 'photo'),
            onclick: () => state.change({ decision: pressed ? [] : group.decisions }),
          },
          h('span', {
            class: 'swatch',
            style: `background:var(--c${group.colour})`,
            'aria-hidden': 'true',
          }),
          `${group.name} `,
          h('span', { class: 'figure' }, formatShare(count, total)),
        ),
      );
    }),
  );
}

/** To which ranks answers were rolled up, the lowest first. */
export function showRollUps(areas: readonly Area[]): HTMLElement {
  const all = sumDecisions(areas);
  const ranks = ROLL_UP_RANKS.map((rank) => ({ rank, count: all.get(`rolled_up:${rank}`) ?? 0 }));
  const most = Math.max(1, ...ranks.map(({ count }) => count));
  if (ranks.every(({ count }) => count === 0)) return emptyState('Nothing was rolled up.');
  return h(
    'dl',
    { class: 'measures' },
    ranks.map(({ rank, count }) =>
      h(
        'div',
        {},
        h('dt', {}, rank),
        h(
          'dd',
          {},
          h(
            'span',
            { class: 'track' },
            h('span', {
              class: 'fill',
              style: `width:${(100 * count) / most}%;background:var(--c4)`,
            }),
          ),
          h('span', { class: 'figure' }, formatCount(count)),
        ),
      ),
    ),
  );
}

function sumDecisions(areas: readonly Area[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { byDecision } of areas) {
    for (const [decision, count] of byDecision) all.set(decision, (all.get(decision) ?? 0) + count);
  }
  return all;
}
