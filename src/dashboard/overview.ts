import type { Prediction, Runs, Species, Status } from './answers.ts';
import { ask } from './api.ts';
import { type Area, fetchAreaCounts, groupAreas } from './areas.ts';
import { showDecisions, showRollUps } from './decision-panel.ts';
import { announce, h } from './dom.ts';
import { createFilterBar } from './filter-bar.ts';
import type { FilterState } from './filter-state.ts';
import { asCountQuery, asPredictionQuery } from './filters.ts';
import { countOf, formatDay, formatScore } from './format.ts';
import { showFreshness } from './freshness.ts';
import type { MapView } from './map.ts';
import { createPanels } from './overview-panels.ts';
import { showQueue } from './queue.ts';
import { showRejects } from './rejects.ts';
import { showRuns } from './runs.ts';
import { shared } from './shared.ts';

const RUNS = 6;
const REFRESH_MS = 60_000;

/** The first page: how the pipeline does, and what was seen. */
export class Overview {
  readonly element: HTMLElement;
  readonly #state: FilterState;
  readonly #panels: ReturnType<typeof createPanels>;
  readonly #summary = h('p', { class: 'summary' }, 'Counting…');
  #mapView: MapView = 'data';
  /** The charting library is loaded while other parts are already shown. */
  readonly #charts = shared(() => import('./charts.ts'));
  readonly #finder = shared(async () => {
    const { CountryFinder, loadCountries } = await this.#charts();
    return new CountryFinder(await loadCountries('110m'));
  });
  readonly #species = shared(async () => (await ask<Species>('/v1/species')).items);

  constructor(state: FilterState) {
    this.#state = state;
    this.#panels = createPanels(this.#createMapSwitch());
    const { freshness, runs, map, time, decisions, rollUps, rejects, unsure, conflicts, latest } =
      this.#panels;
    // Asked for first what is read first.
    this.#showPipeline(false);
    const filterBar = createFilterBar(state, this.#species());
    this.element = h(
      'div',
      { class: 'overview' },
      h('h1', { class: 'unseen', tabindex: '-1' }, 'Overview'),
      h('div', { class: 'row morning' }, freshness.element, runs.element),
      h('div', { class: 'filter-row' }, filterBar, this.#summary),
      h('div', { class: 'row' }, map.element, time.element),
      h(
        'div',
        { class: 'row' },
        decisions.element,
        h('div', { class: 'column' }, rollUps.element, rejects.element),
      ),
      unsure.element,
      conflicts.element,
      latest.element,
    );
    this.#showFiltered();
    state.addEventListener('change', () => this.#showFiltered());
    setInterval(() => {
      if (!document.hidden && this.element.isConnected) this.#showPipeline(true);
    }, REFRESH_MS);
  }

  /** What the filters say nothing about. @param again quietly, while somebody reads */
  #showPipeline(again: boolean): void {
    const { freshness, runs, rejects } = this.#panels;
    const status = shared(() => ask<Status>('/v1/status'));
    freshness.show(async () => showFreshness(await status()), again);
    runs.show(
      async (signal) => showRuns(await ask<Runs>('/v1/runs', { limit: RUNS }, signal)),
      again,
    );
    if (!again) rejects.show(async () => showRejects(await status())); // one may be open
  }

  #showFiltered(): void {
    const { time, unsure, conflicts, latest } = this.#panels;
    this.#showCounts();
    time.show(async (signal) =>
      (await this.#charts()).showSpeciesOverTime(this.#state, this.#species(), signal),
    );
    const query = asPredictionQuery(this.#state.current);
    unsure.show(async (signal) => {
      const names = await this.#nameLabels();
      return showQueue(
        { ...query, decision: ['unknown', 'rolled_up'] },
        {
          remark: (one) => `picture alone: ${tellVision(one, names)}`,
          empty: 'Nothing here: every answer is sure enough.',
        },
        signal,
      );
    });
    conflicts.show(async (signal) => {
      const names = await this.#nameLabels();
      return showQueue(
        { ...query, decision: ['region_demoted'] },
        {
          remark: (one) => `not ${tellVision(one, names)}: not known there`,
          empty: 'Nothing here: pictures and regions agree.',
        },
        signal,
      );
    });
    latest.show((signal) =>
      showQueue(query, { remark: tellDecision, empty: 'No photos match the filters.' }, signal),
    );
  }

  async #nameLabels(): Promise<ReadonlyMap<string, string>> {
    const species = await this.#species();
    return new Map(species.map(({ label, commonName }) => [label, commonName ?? label]));
  }

  /** The map and the decisions are made of one answer. */
  #showCounts(): void {
    const { map, decisions, rollUps } = this.#panels;
    const query = asCountQuery(this.#state.current);
    const fetching = new AbortController();
    const areas = shared(async () => {
      const counts = fetchAreaCounts(query, fetching.signal);
      const [rows, finder] = await Promise.all([counts, this.#finder()]);
      return groupAreas(rows, finder);
    });
    decisions.show(async () => showDecisions(await areas(), this.#state));
    rollUps.show(async () => showRollUps(await areas()));
    map.show(async (signal) => {
      signal.addEventListener('abort', () => fetching.abort());
      const [{ showMap }, all] = await Promise.all([this.#charts(), areas()]);
      if (!signal.aborted) this.#tellSummary(all);
      return showMap(all, this.#mapView, query, signal);
    });
  }

  #tellSummary(areas: readonly Area[]): void {
    const { from, to, taxon, decision } = this.#state.current;
    const photos = areas.reduce((sum, one) => sum + one.photos, 0);
    const time = [from && `from ${formatDay(from)}`, to && `to ${formatDay(to)}`]
      .filter(Boolean)
      .join(' ');
    const filtered = taxon.length > 0 || decision.length > 0 || time !== '';
    const match = photos === 1 ? 'matches' : 'match';
    const text = `${countOf(photos, 'photo')} ${filtered ? match : 'with an answer'}${time && `, ${time}`}`;
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

/** What the picture alone said, by a name that people use where one is known. */
function tellVision(
  { visionLabel, visionScore }: Prediction,
  names: ReadonlyMap<string, string>,
): string {
  return `${names.get(visionLabel) ?? visionLabel} ${formatScore(visionScore)}`;
}

function tellDecision({ decision }: Prediction): string {
  return decision.replaceAll('_', ' ').replace(':', ' to ');
}
