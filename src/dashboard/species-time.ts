import * as Plot from '@observablehq/plot';
import { brushX, rollup, select, sum, ticks } from 'd3';
import type { Count, Counts, SeenSpecies } from './answers.ts';
import { ApiError, ask } from './api.ts';
import { describeChart, drawToFit } from './chart.ts';
import { h } from './dom.ts';
import type { FilterState } from './filter-state.ts';
import { asCountQuery, type Filters } from './filters.ts';
import { countOf, formatCount, formatDay, nameOf } from './format.ts';
import { emptyState } from './panel.ts';
import { createTable } from './table.ts';

const WIDTHS = ['day', 'week', 'month', 'year'] as const;
type Width = (typeof WIDTHS)[number];
const DAYS: Record<Width, number> = { day: 1, week: 7, month: 30.4, year: 365.25 };
/** As Plot calls them; weeks begin on Monday, as in the database. */
const INTERVALS: Record<Width, string> = {
  day: 'day',
  week: 'monday',
  month: 'month',
  year: 'year',
};
const DAY_MS = 86_400_000;
/** More columns cannot be told apart. */
const MOST_COLUMNS = 120;
/** More rows the API does not give. */
const MOST_ROWS = 18_000;
const TOP = 8;
const OTHERS = 'Others';
const HEIGHT = 260;

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
  drawToFit(holder, (pixels) => draw({ dated, top, width, pixels, state }));
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

/** One label of the chart. */
interface Series {
  /** Null: what is left over. */
  readonly label: string | null;
  readonly name: string;
  readonly photos: number;
  readonly colour: number;
}

/**
 * The most frequent labels, and the others together. A label that is among the most frequent of all
 * keeps its colour whatever is filtered by.
 */
function findTop(items: readonly Count[], species: readonly SeenSpecies[]): Series[] {
  const totals = new Map<string, { name: string; photos: number }>();
  for (const item of items) {
    const known = totals.get(item.label ?? '') ?? { name: nameOf(item), photos: 0 };
    known.photos += item.photos;
    totals.set(item.label ?? '', known);
  }
  const sorted = [...totals].sort(([, a], [, b]) => b.photos - a.photos);
  const top = sorted.slice(0, TOP).map(([label]) => label);
  const colours = assignColours(
    top,
    species.slice(0, TOP).map(({ label }) => label),
  );
  const series: Series[] = sorted
    .slice(0, TOP)
    .map(([label, { name, photos }]) => ({ label, name, photos, colour: colours.get(label) ?? 0 }));
  const rest = sorted.slice(TOP).reduce((sum, [, { photos }]) => sum + photos, 0);
  if (rest > 0) series.push({ label: null, name: OTHERS, photos: rest, colour: 0 });
  return series;
}

/** Colours from 1, each once. */
function assignColours(labels: readonly string[], usual: readonly string[]): Map<string, number> {
  const colours = new Map<string, number>();
  for (const label of labels) {
    if (usual.includes(label)) colours.set(label, usual.indexOf(label) + 1);
  }
  const taken = new Set(colours.values());
  const free = Array.from({ length: TOP }, (_, at) => at + 1).filter((at) => !taken.has(at));
  for (const label of labels) {
    if (!colours.has(label)) colours.set(label, free.shift() ?? 0);
  }
  return colours;
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

interface Drawing {
  readonly dated: readonly Count[];
  readonly top: readonly Series[];
  readonly width: Width;
  readonly pixels: number;
  readonly state: FilterState;
}

function draw({ dated, top, width, pixels, state }: Drawing): Element {
  const byLabel = new Map(top.map((series) => [series.label, series]));
  const others = byLabel.get(null);
  const bars = new Map<string, { date: Date; name: string; photos: number }>();
  for (const { day, label, photos } of dated) {
    const name = (byLabel.get(label ?? '') ?? others)?.name ?? OTHERS;
    const key = `${day} ${name}`;
    const known = bars.get(key) ?? { date: new Date(`${day}T00:00Z`), name, photos: 0 };
    known.photos += photos;
    bars.set(key, known);
  }
  const columns = rollup(
    dated,
    (rows) => sum(rows, ({ photos }) => photos),
    ({ day }) => day,
  );
  const most = Math.max(1, ...columns.values());
  const chart = Plot.plot({
    width: pixels,
    height: HEIGHT,
    marginLeft: 44,
    marginRight: 8,
    marginTop: 12,
    marginBottom: 28,
    x: { type: 'utc', label: null },
    y: {
      label: null,
      grid: true,
      tickFormat: '~s',
      ticks: ticks(0, most, 5).filter(Number.isInteger),
    },
    color: {
      domain: top.map(({ name }) => name),
      range: top.map(({ colour }) => `var(--c${colour})`),
    },
    marks: [
      Plot.rectY([...bars.values()], {
        x: 'date',
        interval: INTERVALS[width] as Plot.Interval,
        y: 'photos',
        fill: 'name',
        order: top.map(({ name }) => name),
        insetLeft: pixels > 500 ? 0.5 : 0,
        insetRight: pixels > 500 ? 0.5 : 0,
        tip: {
          pointer: 'x',
          format: { x: (date: Date) => formatDay(date.toISOString()), y: true, fill: true },
        },
      }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  });
  describeChart(chart, `Photos by ${width} and species; the table below says the same`);
  addBrush(chart as SVGSVGElement, pixels, state);
  return chart;
}

/** Dragging chooses a time. */
function addBrush(
  chart: SVGSVGElement & Partial<Plot.Plot>,
  pixels: number,
  state: FilterState,
): void {
  const scale = chart.scale?.('x');
  if (!scale?.invert) return;
  const invert = scale.invert as (x: number) => Date;
  const brush = brushX<unknown>()
    .extent([
      [44, 12],
      [pixels - 8, HEIGHT - 28],
    ])
    .on('end', ({ selection }: { selection: [number, number] | null }) => {
      if (!selection) return;
      const [from, to] = selection.map((x) => invert(x).toISOString().slice(0, 10));
      state.change({ from: from ?? '', to: to ?? '' });
    });
  select(chart)
    .append('g')
    .attr('class', 'brush')
    .attr('aria-hidden', 'true')
    .call(brush as never);
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
