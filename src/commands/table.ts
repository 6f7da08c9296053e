import Table from 'cli-table3';

/** A column of a table for people: its heading, and whether its values are numbers. */
export interface Column {
  readonly heading: string;
  readonly numeric?: boolean;
}

const NO_BORDERS = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
    ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

/** Rows under headings, aligned, without borders: readable on a terminal and in a pipe. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
): string {
  const table = new Table({
    head: columns.map(({ heading }) => heading),
    colAligns: columns.map(({ numeric }) => (numeric ? 'right' : 'left')),
    chars: { ...NO_BORDERS, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((value) => formatCell(value))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (value instanceof Date) return formatTime(value);
  return typeof value === 'number' ? value.toLocaleString('en') : String(value);
}

/** `2026-11-21 08:15:04Z`. */
function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
