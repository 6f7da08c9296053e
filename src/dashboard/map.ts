import * as Plot from '@observablehq/plot';
import type { Counts } from './answers.ts';
import { ask, type Parameters } from './api.ts';
import type { Area } from './areas.ts';
import { describeChart, drawToFit } from './chart.ts';
import { h } from './dom.ts';
import { countOf, formatCount } from './format.ts';
import { createTable } from './table.ts';
import { type Country, loadCountries } from './world.ts';

export type MapView = 'data' | 'world';
type Place = Pick<Area, 'latitude' | 'longitude' | 'photos'> & { readonly country?: string };

/** Degrees around the data; so much at least is seen. */
const LEAST_SPAN = 4;
/** Below so many degrees the finest areas and outlines are fetched. */
const CLOSE_SPAN = 40;
const FINEST = 5;
const MOST_ROWS = 50;
const MOST_RADIUS = 16;

interface Extent {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Where photos were taken, as dots sized by how many; the table says the same. */
export async function showMap(
  areas: readonly Area[],
  view: MapView,
  query: Parameters,
  signal: AbortSignal,
): Promise<HTMLElement> {
  const placed = areas.filter(({ id }) => id !== null);
  const unplaced = areas.find(({ id }) => id === null)?.photos ?? 0;
  const extent = view === 'data' ? extentOf(placed) : null;
  const close = extent !== null && Math.max(widthOf(extent), heightOf(extent)) < CLOSE_SPAN;
  const [countries, dots] = await Promise.all([
    loadCountries(close ? '50m' : '110m'),
    close ? fetchFinest(query, placed, signal) : placed,
  ]);
  const holder = h('div', { class: 'plot' });
  drawToFit(holder, (width) => draw({ countries, dots, extent, width }));
  return h(
    'figure',
    { class: 'map' },
    holder,
    h('figcaption', { class: 'hint' }, caption(placed, unplaced)),
    placed.length > 0 && h('details', {}, h('summary', {}, 'As a table'), tabulate(dots, areas)),
  );
}

function caption(placed: readonly Area[], unplaced: number): string {
  const photos = placed.reduce((sum, one) => sum + one.photos, 0);
  const without = unplaced > 0 ? `; ${countOf(unplaced, 'photo')} without a position` : '';
  return `${countOf(photos, 'photo')} in ${countOf(placed.length, 'area')}${without}. Positions are those of areas, for everybody.`;
}

function tabulate(dots: readonly Place[], areas: readonly Area[]): HTMLElement {
  const rows: readonly Place[] = dots.length > 0 ? dots : areas;
  return createTable({
    caption: 'Photos by area',
    columns: [
      { name: 'Country' },
      { name: 'Latitude', numeric: true },
      { name: 'Longitude', numeric: true },
      { name: 'Photos', numeric: true },
    ],
    rows: rows
      .slice(0, MOST_ROWS)
      .map(({ country, latitude, longitude, photos }) => [
        country ?? '–',
        latitude.toFixed(2),
        longitude.toFixed(2),
        formatCount(photos),
      ]),
  });
}

async function fetchFinest(
  query: Parameters,
  coarse: readonly Area[],
  signal: AbortSignal,
): Promise<Place[]> {
  const { items } = await ask<Counts>(
    '/v1/stats/daily',
    { ...query, by: 'area', resolution: FINEST },
    signal,
  );
  return items.flatMap(({ latitude, longitude, photos }) =>
    typeof latitude === 'number' && typeof longitude === 'number'
      ? [{ latitude, longitude, photos, country: nearest(coarse, latitude, longitude) }]
      : [],
  );
}

function nearest(areas: readonly Area[], latitude: number, longitude: number): string {
  let [best, least] = ['', Number.POSITIVE_INFINITY];
  for (const area of areas) {
    const distance = (area.latitude - latitude) ** 2 + (area.longitude - longitude) ** 2;
    if (distance < least) [best, least] = [area.country, distance];
  }
  return best;
}

/** Null without data, or where it is so wide that all of the world is seen anyway. */
function extentOf(areas: readonly Area[]): Extent | null {
  if (areas.length === 0) return null;
  const longitudes = areas.map(({ longitude }) => longitude);
  const latitudes = areas.map(({ latitude }) => latitude);
  const [west, east] = pad(Math.min(...longitudes), Math.max(...longitudes), 180);
  const [south, north] = pad(Math.min(...latitudes), Math.max(...latitudes), 80);
  return east - west > 180 ? null : { west, south, east, north };
}

function pad(least: number, most: number, limit: number): [number, number] {
  const margin = Math.max(LEAST_SPAN / 2, (most - least) * 0.12);
  return [Math.max(-limit, least - margin), Math.min(limit, most + margin)];
}

const widthOf = ({ west, east }: Extent) => east - west;
const heightOf = ({ south, north }: Extent) => north - south;

interface Drawing {
  readonly countries: readonly Country[];
  readonly dots: readonly Place[];
  readonly extent: Extent | null;
  readonly width: number;
}

function draw({ countries, dots, extent, width }: Drawing): Element {
  const height = Math.round(Math.min(440, Math.max(200, width * 0.5)));
  const chart = Plot.plot({
    width,
    height,
    margin: 2,
    projection: extent
      ? { type: 'mercator', domain: corners(extent), clip: 'frame' }
      : { type: 'equal-earth' },
    r: {
      range: [0, Math.min(MOST_RADIUS, Math.max(8, width / 40))],
      domain: [0, Math.max(4, ...dots.map(({ photos }) => photos))],
    },
    marks: [
      extent ? Plot.frame({ stroke: 'none' }) : Plot.sphere({ fill: 'var(--sea)', stroke: 'none' }),
      Plot.graticule({ stroke: 'var(--line)', strokeOpacity: 0.7 }),
      Plot.geo([...countries], { fill: 'var(--land)', stroke: 'var(--coast)', strokeWidth: 0.6 }),
      Plot.dot([...dots], {
        x: 'longitude',
        y: 'latitude',
        r: (place: Place) => Math.max(place.photos, 0),
        fill: 'var(--accent)',
        fillOpacity: 0.55,
        stroke: 'var(--accent)',
        strokeWidth: 1.2,
        symbol: 'circle',
      }),
      Plot.tip(
        [...dots],
        Plot.pointer({
          x: 'longitude',
          y: 'latitude',
          title: ({ country, latitude, longitude, photos }: Place) =>
            `${country ? `${country}\n` : ''}${latitude.toFixed(2)}, ${longitude.toFixed(2)}\n${countOf(photos, 'photo')}`,
        }),
      ),
    ],
  });
  return describeChart(
    chart,
    `Map of ${countOf(dots.length, 'area')} with photos; the table below says the same`,
  );
}

function corners({ west, south, east, north }: Extent): {
  type: 'MultiPoint';
  coordinates: number[][];
} {
  return {
    type: 'MultiPoint',
    coordinates: [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
    ],
  };
}
