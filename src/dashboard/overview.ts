import type { Runs, Species, Status } from './answers.ts';
import { ask } from './api.ts';
import { type Area, fetchAreaCounts, groupAreas } from './areas.ts';
import { showDecisions } from './decision-panel.ts';
import { announce, h } from './dom.ts';
import { createFilterBar } from './filter-bar.ts';
import { asCountQuery, asPredictionQuery, type FilterState } from './filters.ts';
import { countOf, formatDay, formatScore } from './format.ts';
import { showFreshness } from './freshness.ts';
import type { MapView } from './map.ts';
import { Panel } from './panel.ts';
import { type Remark, showQueue } from './queue.ts';
import { showRejects } from './rejects.ts';
import { showRuns } from './runs.ts';
import type { CountryFinder } from './world.ts';

const RUNS = 6;
const REFRESH_MS = 60_000;

const remarkVision: Remark = ({ visionLabel, visionScore }) =>
  `picture alone: ${visionLabel} ${formatScore(visionScore)}`;
const remarkConflict: Remark = ({ visionLabel, visionScore }) =>
  `not ${visionLabel} ${formatScore(visionScore)}: not known there`;
const remarkDecision: Remark = ({ decision }) => decision.replaceAll('_', ' ').replace(':', ' to ');

/** The first page: how the pipeline does, and what was seen. */
export class Overview {
  readonly element: HTMLElement;
  readonly #state: FilterState;
  readonly #species: Promise<Species['items']>;
  readonly #charts = import('./charts.ts');
  #finder: Promise<CountryFinder> | null = null;
  #mapView: MapView = 'data';
  readonly #summary = h('p', { class: 'summary' }, 'Counting…');
  readonly #freshness = new Panel({ id: 'freshness', title: 'Freshness', height: 178 });
  readonly #runs = new Panel({ id: 'runs', title: 'Last runs', height: 178 });
  readonly #map: Panel;
  readonly #time = new Panel({ id: 'time', title: 'Species over time', height: 372 });
  readonly #decisions = new Panel({
    id: 'decisions',
    title: 'Decisions by region',
    hint: 'Countries are those of a coarse map, by the middle of each area.',
    height: 360,
  });
  readonly #rejects = new Panel({
    id: 'rejects',
    title: 'Rejects by code',
    hint: 'All of them, whatever the filters.',
    height: 120,
  });
  readonly #unsure = new Panel({
    id: 'unsure',
    title: 'Low confidence',
    hint: 'Unknown or rolled up: worth a look by somebody who knows.',
    height: 260,
  });
  readonly #conflicts = new Panel({
    id: 'conflicts',
    title: 'Region conflicts',
    hint: 'The picture’s first does not live there.',
    height: 260,
  });
  readonly #latest = new Panel({ id: 'latest', title: 'Latest photos', height: 260 });

  constructor(state: FilterState) {
    this.#state = state;
    this.#species = ask<Species>('/v1/species').then(({ items }) => items);
    this.#species.catch(() => {}); // the chart says what went wrong
    this.#map = new Panel({
      id: 'map',
      title: 'Where',
      aside: this.#createMapSwitch(),
      height: 372,
    });
    this.element = h(
      'div',
      { class: 'overview' },
      h('h1', { class: 'unseen', tabindex: '-1' }, 'Overview'),
      h('div', { class: 'row morning' }, this.#freshness.element, this.#runs.element),
      h('div', { class: 'filter-row' }, createFilterBar(state, this.#species), this.#summary),
      h('div', { class: 'row' }, this.#map.element, this.#time.element),
      h('div', { class: 'row' }, this.#decisions.element, this.#rejects.element),
      this.#unsure.element,
      this.#conflicts.element,
      this.#latest.element,
    );
    this.#showPipeline(false);
    this.#showFiltered();
    state.addEventListener('change', () => this.#showFiltered());
    setInterval(() => {
      if (!document.hidden && this.element.isConnected) this.#showPipeline(true);
    }, REFRESH_MS);
  }

  /** What the filters say nothing about. */
  #showPipeline(again: boolean): void {
    const status = ask<Status>('/v1/status');
    this.#freshness.show(async (signal) => {
      return showFreshness(await (signal.aborted || !again ? status : status));
    }, again);
    this.#runs.show(
      async (signal) => showRuns(await ask<Runs>('/v1/runs', { limit: RUNS }, signal)),
      again,
    );
    if (!again) this.#rejects.show(async () => showRejects(await status));
  }

  #showFiltered(): void {
    const state = this.#state;
    const query = asPredictionQuery(state.current);
    this.#showCounts();
    this.#time.show(async (signal) => {
      const { showSpeciesOverTime } = await this.#charts;
      return showSpeciesOverTime(state, this.#species, signal);
    });
    this.#unsure.show((signal) =>
      showQueue(
        { ...query, decision: ['unknown', 'rolled_up'] },
        { remark: remarkVision, empty: 'Nothing here: every answer is sure enough.' },
        signal,
      ),
    );
    this.#conflicts.show((signal) =>
      showQueue(
        { ...query, decision: ['region_demoted'] },
        { remark: remarkConflict, empty: 'Nothing here: pictures and regions agree.' },
        signal,
      ),
    );
    this.#latest.show((signal) =>
      showQueue(query, { remark: remarkDecision, empty: 'No photos match the filters.' }, signal),
    );
  }

  /** The map and the decisions are made of one answer. */
  #showCounts(): void {
    const query = asCountQuery(this.#state.current);
    const abort = new AbortController();
    const counts = fetchAreaCounts(query, abort.signal);
    const areas = Promise.all([counts, this.#findCountries()]).then(([rows, finder]) =>
      groupAreas(rows, finder),
    );
    areas.then(
      (all) => this.#tellSummary(all),
      () => this.#tellSummary(null),
    );
    const retried = { areas };
    this.#decisions.show(async () => showDecisions(await retried.areas, this.#state));
    this.#map.show(async (signal) => {
      signal.addEventListener('abort', () => abort.abort());
      const { showMap } = await this.#charts;
      return showMap(await areas, this.#mapView, query, signal);
    });
  }

  #findCountries(): Promise<CountryFinder> {
    this.#finder ??= this.#charts.then(
      async ({ CountryFinder, loadCountries }) => new CountryFinder(await loadCountries('110m')),
    );
    this.#finder.catch(() => {
      this.#finder = null;
    });
    return this.#finder;
  }

  #tellSummary(areas: readonly Area[] | null): void {
    const { from, to, taxon, decision } = this.#state.current;
    const photos = areas?.reduce((sum, one) => sum + one.photos, 0) ?? 0;
    const time = [from && `from ${formatDay(from)}`, to && `to ${formatDay(to)}`]
      .filter(Boolean)
      .join(' ');
    const filtered = taxon.length > 0 || decision.length > 0 || time !== '';
    const text = areas
      ? `${countOf(photos, 'photo')} ${filtered ? 'match' : 'with an answer'}${time && `, ${time}`}`
      : '';
    this.#summary.textContent = text;
    announce(text);
  }

  #createMapSwitch(): HTMLElement {
    const views: [MapView, string][] = [
      ['data', 'Fit to data'],
      ['world', 'World'],
    ];
    const buttons = views.map(([view, name]) =>
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': String(view === this.#mapView),
          onclick: () => {
            this.#mapView = view;
            for (const [at, button] of buttons.entries()) {
              button.setAttribute('aria-pressed', String(views[at]?.[0] === view));
            }
            this.#showCounts();
          },
        },
        name,
      ),
    );
    return h('div', { class: 'switch', role: 'group', 'aria-label': 'Part of the map' }, buttons);
  }
}
