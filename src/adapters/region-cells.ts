import { cellToParent, getResolution, gridDisk } from 'h3-js';

/*
 * The relations between cells that the import's SQL joins over, as rows for `unnest`. Cells go to the
 * database as numbers: the text of an H3 index is one in hexadecimal, always below 2^63.
 */

/** Rows `[cell, ancestor]`: each cell with itself and its ancestors, as coarse as `coarsest`. */
export function relateLevels(cells: readonly string[], coarsest: number): unknown[][] {
  return cells.flatMap((cell) => {
    const levels = getResolution(cell) - coarsest + 1;
    return Array.from({ length: levels }, (_, level) => [
      toNumber(cell),
      toNumber(cellToParent(cell, coarsest + level)),
    ]);
  });
}

/** Rows `[cell, target, weight]`: 1 for the cell itself, `weight` for each of the 5 or 6 around it. */
export function relateNeighbours(cells: readonly string[], weight: number): unknown[][] {
  return cells.flatMap((cell) =>
    gridDisk(cell, 1).map((target) => [
      toNumber(cell),
      toNumber(target),
      target === cell ? 1 : weight,
    ]),
  );
}

/** Rows `[cell, depth, parent]`: depth 0 at `finest`; no parent at `coarsest`. */
export function relateParents(
  cells: readonly string[],
  finest: number,
  coarsest: number,
): unknown[][] {
  return cells.map((cell) => {
    const resolution = getResolution(cell);
    const parent = resolution > coarsest ? toNumber(cellToParent(cell, resolution - 1)) : null;
    return [toNumber(cell), finest - resolution, parent];
  });
}

function toNumber(cell: string): bigint {
  return BigInt(`0x${cell}`);
}
