/** What the page shows, as its address has it; empty for all. */
export interface Filters {
  /** Scientific names at any rank. */
  readonly taxon: readonly string[];
  /** First and last day, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly decision: readonly string[];
}

export const NO_FILTERS: Filters = { taxon: [], from: '', to: '', decision: [] };
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** From the query of an address; what is no filter is left out. */
export function parseFilters(search: string): Filters {
  const query = new URLSearchParams(search);
  const list = (name: string) => [
    ...new Set(
      query
        .getAll(name)
        .map((one) => one.trim())
        .filter(Boolean),
    ),
  ];
  const day = (name: string) => {
    const text = query.get(name) ?? '';
    return DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : '';
  };
  return { taxon: list('taxon'), from: day('from'), to: day('to'), decision: list('decision') };
}

/** As the query of an address: empty, or `?…`. */
export function formatFilters({ taxon, from, to, decision }: Filters): string {
  const query = new URLSearchParams();
  for (const name of taxon) query.append('taxon', name);
  if (from) query.set('from', from);
  if (to) query.set('to', to);
  for (const one of decision) query.append('decision', one);
  return query.size > 0 ? `?${query}` : '';
}

/** For `/v1/stats/daily`, where `to` is the last day. */
export function asCountQuery({ taxon, from, to, decision }: Filters) {
  return { taxon, from, to, decision };
}

/** For `/v1/predictions`, where `to` is the first moment after. */
export function asPredictionQuery({ taxon, from, to, decision }: Filters) {
  return { taxon, from, to: to && nextDay(to), decision };
}

function nextDay(day: string): string {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}
