import { type Filters, formatFilters, NO_FILTERS, parseFilters } from './filters.ts';

/** The filters of the page's address, and how to change them. */
export class FilterState extends EventTarget {
  #filters = parseFilters(location.search);

  constructor() {
    super();
    addEventListener('popstate', () => {
      const filters = parseFilters(location.search);
      if (formatFilters(filters) === formatFilters(this.#filters)) return;
      this.#filters = filters;
      this.dispatchEvent(new Event('change'));
    });
  }

  get current(): Filters {
    return this.#filters;
  }

  /** A step that the back button takes back. */
  change(part: Partial<Filters>): void {
    const filters = { ...this.#filters, ...part };
    if (formatFilters(filters) === formatFilters(this.#filters)) return;
    this.#filters = filters;
    history.pushState(null, '', `${location.pathname}${formatFilters(filters)}${location.hash}`);
    this.dispatchEvent(new Event('change'));
  }

  clear(): void {
    this.change(NO_FILTERS);
  }
}
