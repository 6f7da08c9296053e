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
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
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
}
