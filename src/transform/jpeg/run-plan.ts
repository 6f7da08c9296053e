import { weightsOf } from './lanczos.ts';
import {
  AXIS_BYTES,
  COMPONENT_BYTES,
  type DecodingPlan,
  FILE_ADDRESS,
  type PlannedComponent,
} from './plan-decoding.ts';

/** What the compiled decoder exports. */
export interface DecoderExports {
  freeFrom(): number;
  buildTable(table: number, definition: number): void;
  decodeScan(...numbers: number[]): number;
  resize(...numbers: number[]): void;
}

/** Where each coefficient in zigzag order lies (ITU T.81, figure A.6): row × 8 + column. */
const ZIGZAG = zigzag();
/** The last coefficient in zigzag order of those with both frequencies below the size. */
const LAST: Record<number, number> = { 1: 0, 2: 4, 4: 24, 8: 63 };
/** C(u) C(v) / 4 (A.3.3), in zigzag order. */
const NORMS = ZIGZAG.map((at) =>
  at === 0 ? 1 / 8 : at < 8 || at % 8 === 0 ? Math.SQRT1_2 / 4 : 1 / 4,
);

/**
 * Decodes the file that lies in the memory, as planned.
 *
 * @returns `[outputHeight, outputWidth, 3]` RGB as stored, there until the next one; null for a picture that is
 *   in any way broken
 */
export function runPlan(
  plan: DecodingPlan,
  decoder: DecoderExports,
  memory: WebAssembly.Memory,
): Uint8Array | null {
  const { header, components, structures, across, down, output, outputWidth, outputHeight } = plan;
  writeStructures(plan, memory.buffer);
  for (const table of new Set(components.flatMap((c) => [c.dcTable, c.acTable]))) {
    decoder.buildTable(table, FILE_ADDRESS + (header.huffmanTables[table] as number));
  }
  const isWhole = decoder.decodeScan(
    structures.components,
    components.length,
    plan.mcusAcross,
    plan.mcusDown,
    header.restartInterval,
    FILE_ADDRESS + header.dataOffset,
    plan.fileEnd,
  );
  if (!isWhole) return null;
  const pixels = new Uint8Array(memory.buffer, output, outputWidth * outputHeight * 3);
  if (across.count < outputWidth || down.count < outputHeight) pixels.fill(0);
  decoder.resize(
    structures.components,
    components.length,
    structures.lines,
    across.count,
    down.count,
    output + (down.offset * outputWidth + across.offset) * 3,
    outputWidth * 3,
  );
  return pixels;
}

/** Writes what the decoder reads: see `Component`, `Axis` and `Lines` there. */
function writeStructures(
  { components, axes, structures, lines }: DecodingPlan,
  buffer: ArrayBufferLike,
) {
  const numbers = new Int32Array(buffer);
  const addressOf = (axis: number) => structures.axes + axis * AXIS_BYTES;
  for (const [index, c] of components.entries()) {
    const last = LAST[c.blockSize] as number;
    const tables = [c.dcTable, c.acTable];
    const place = [c.factors, c.plane, c.stride, addressOf(c.horizontal), addressOf(c.vertical), 0];
    const fields = [c.across, c.down, c.blockSize, last, ...tables, ...place];
    numbers.set(fields, (structures.components + index * COMPONENT_BYTES) / 4);
    writeFactors(c, new Float32Array(buffer, c.factors, 64));
  }
  for (const [index, axis] of axes.entries()) {
    const { paddedCount, taps, starts, weights } = axis;
    numbers.set([paddedCount, taps, starts, weights], addressOf(index) / 4);
    const filled = weightsOf(axis);
    const firsts = new Int32Array(buffer, starts, paddedCount);
    const all = new Int16Array(buffer, weights, paddedCount * taps);
    // What fills up the last vector is worked on as well.
    firsts.fill(0, axis.count).set(filled.starts);
    all.fill(0, axis.count * taps).set(filled.weights);
  }
  numbers.set(lines, structures.lines / 4);
}

function writeFactors({ quantisation }: PlannedComponent, factors: Float32Array): void {
  for (let k = 0; k < 64; k++) factors[k] = (quantisation[k] as number) * (NORMS[k] as number);
}

/** Along the diagonals, up and down in turn. */
function zigzag(): number[] {
  const order: number[] = [];
  for (let sum = 0; sum < 15; sum++) {
    const diagonal = [0, 1, 2, 3, 4, 5, 6, 7]
      .filter((row) => sum - row >= 0 && sum - row < 8)
      .map((row) => row * 8 + sum - row);
    order.push(...(sum % 2 ? diagonal : diagonal.reverse()));
  }
  return order;
}
