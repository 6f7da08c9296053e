import * as Plot from '@observablehq/plot';
import { brushX, rollup, select, sum, ticks } from 'd3';
import type { Count } from './answers.ts';
import { describeChart } from './chart.ts';
import type { FilterState } from './filter-state.ts';
import { formatDay } from './format.ts';
import { OTHERS, type Series, type Width } from './species-series.ts';

/** As Plot calls them; weeks begin on Monday, as in the database. */
const INTERVALS: Record<Width, string> = {
  day: 'day',
  week: 'monday',
  month: 'month',
  year: 'year',
};
const HEIGHT = 260;

/** What is drawn. */
export interface Drawing {
  readonly dated: readonly Count[];
  readonly top: readonly Series[];
  readonly width: Width;
  readonly pixels: number;
  readonly state: FilterState;
}

/** Stacked bars of each species' photos, to be brushed. */
export function drawSpeciesOverTime({ dated, top, width, pixels, state }: Drawing): Element {
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
