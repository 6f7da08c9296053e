import type { Count, Counts, SeenSpecies } from './answers.ts';
import { ApiError, ask } from './api.ts';
import { drawToFit } from './chart.ts';
import { h } from './dom.ts';
import type { FilterState } from './filter-state.ts';
import { asCountQuery, type Filters } from './filters.ts';
import { countOf, formatCount, formatDay } from './format.ts';
import { emptyState } from './panel.ts';
import { drawSpeciesOverTime } from './species-chart.ts';
import { findTop, OTHERS, type Series, WIDTHS, type Width } from './species-series.ts';
import { createTable } from './table.ts';

const DAYS: Record<Width, number> = { day: 1, week: 7, month: 30.4, year: 365.25 };
const DAY_MS = 86_400_000;
/** More columns cannot be told apart. */
const MOST_COLUMNS = 120;
/** More rows the API does not give. */
const MOST_ROWS = 18_000;

/** The days a chart would have to show, and how many labels. */
interface Range {
  readonly from: string;
  readonly to: string;
  readonly labels: number;
}

/** The narrowest columns that are few enough. */
export function chooseWidth({ from, to, labels }: Range): Width {
  const days = Math.max(1, (Date.parse(to) - Date.parse(from)) / DAY_MS + 1);
  const fits = (width: Width) => {
    const columns = days / DAYS[width];
    return columns <= MOST_COLUMNS && columns * labels <= MOST_ROWS;
  };
  return WIDTHS.find(fits) ?? 'year';
}

/** Species over time, to be brushed; the fields of the filters do the same by keyboard. */
export async function showSpeciesOverTime(
  state: FilterState,
  species: Promise<readonly SeenSpecies[]>,
  signal: AbortSignal,
): Promise<HTMLElement> {
  const filters = state.current;
  const seen = await species;
  const range = rangeOf(filters, seen);
  if (!range) return emptyState('No photos with a known time.');
  const { items, width } = await fetchCounts(filters, chooseWidth(range), signal);
  const dated = items.filter(({ day }) => day);
  if (dated.length === 0) return emptyState('No photos with a known time match the filters.');
  const top = findTop(items, seen);
  const holder = h('div', { class: 'plot' });
  drawToFit(holder, (pixels) => drawSpeciesOverTime({ dated, top, width, pixels, state }));
  const undated = items.filter(({ day }) => !day).reduce((sum, { photos }) => sum + photos, 0);
  return h(
    'figure',
    { class: 'time' },
    createLegend(top, state),
    holder,
    h(
      'figcaption',
      { class: 'hint' },
      `Photos by ${width}, by the camera’s clock. Drag across the chart, or use From and To above, to choose a time.`,
      undated > 0 && ` ${countOf(undated, 'photo')} without a time.`,
    ),
    h('details', {}, h('summary', {}, 'As a table'), tabulate(items, top)),
  );
}

async function fetchCounts(
  filters: Filters,
  width: Width,
  signal: AbortSignal,
): Promise<{ items: readonly Count[]; width: Width }> {
  try {
    const query = { ...asCountQuery(filters), by: 'day,label', width };
    return { items: (await ask<Counts>('/v1/stats/daily', query, signal)).items, width };
  } catch (error) {
    const wider = WIDTHS[WIDTHS.indexOf(width) + 1];
    if (!(error instanceof ApiError && error.status === 422 && wider)) throw error;
    return fetchCounts(filters, wider, signal);
  }
}

function rangeOf({ taxon, from, to }: Filters, species: readonly SeenSpecies[]): Range | null {
  const [first] = species.flatMap(({ firstDay }) => firstDay ?? []).sort();
  const last = species
    .flatMap(({ lastDay }) => lastDay ?? [])
    .sort()
    .at(-1);
  if (!first || !last) return null;
  // How many labels a taxon takes in is not known here; it is seldom all of them.
  const labels = taxon.length > 0 ? Math.min(species.length, 20 * taxon.length) : species.length;
  return { from: from > first ? from : first, to: to && to < last ? to : last, labels };
}

function createLegend(top: readonly Series[], state: FilterState): HTMLElement {
  const { taxon } = state.current;
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Species; each filters by itself' },
    top.map(({ label, name, photos, colour }) => {
      const swatch = h('span', {
        class: 'swatch',
        style: `background:var(--c${colour})`,
        'aria-hidden': 'true',
      });
      const figure = h('span', { class: 'figure' }, formatCount(photos));
      if (label === null) return h('li', { class: 'plain' }, swatch, `${name} `, figure);
      const pressed = taxon.includes(label);
      const onclick = () =>
        state.change({ taxon: pressed ? taxon.filter((one) => one !== label) : [label] });
      return h(
        'li',
        {},
        h(
          'button',
          { type: 'button', 'aria-pressed': String(pressed), onclick },
          swatch,
          `${name} `,
          figure,
        ),
      );
    }),
  );
}

function tabulate(items: readonly Count[], labels: readonly Series[]): HTMLElement {
  const totals = new Map<string, Map<string, number>>();
  const named = new Map(labels.map(({ label, name }) => [label, name]));
  for (const { day, label, photos } of items) {
    const row = totals.get(day ?? '') ?? new Map<string, number>();
    const name = named.get(label ?? '') ?? OTHERS;
    row.set(name, (row.get(name) ?? 0) + photos);
    totals.set(day ?? '', row);
  }
  return createTable({
    caption: 'Photos by time and species',
    columns: [{ name: 'From' }, ...labels.map(({ name }) => ({ name, numeric: true }))],
    rows: [...totals].map(([day, row]) => [
      day ? formatDay(day) : 'Time unknown',
      ...labels.map(({ name }) => formatCount(row.get(name) ?? 0)),
    ]),
  });
}
