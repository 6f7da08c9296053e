import { type Child, h } from './dom.ts';

interface TableOptions {
  /** What it is; read out, not shown. */
  readonly caption: string;
  readonly columns: readonly { readonly name: string; readonly numeric?: boolean }[];
  /** The first cell of each names the row. */
  readonly rows: readonly (readonly Child[])[];
}

/** A table that scrolls by itself where the screen is narrow, by keyboard too. */
export function createTable({ caption, columns, rows }: TableOptions): HTMLElement {
  const kind = (at: number) => (columns[at]?.numeric ? 'number' : null);
  const holder = h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map(({ name }, at) => h('th', { scope: 'col', class: kind(at) }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell, at) =>
              at === 0
                ? h('th', { scope: 'row', class: kind(at) }, cell)
                : h('td', { class: kind(at) }, cell),
            ),
          ),
        ),
      ),
    ),
  );
  stopAtOverflow(holder);
  return holder;
}

/** A stop of the Tab key only where there is something to scroll. */
function stopAtOverflow(holder: HTMLElement): void {
  new ResizeObserver(() => {
    const overflows =
      holder.scrollWidth > holder.clientWidth || holder.scrollHeight > holder.clientHeight;
    if (overflows) holder.setAttribute('tabindex', '0');
    else holder.removeAttribute('tabindex');
  }).observe(holder);
}
