import type { PreprocessInput } from '../preprocess-image.ts';
import { type FittedAxis, fitAxes } from './fit-axes.ts';
import { countTaps, type Resizing } from './lanczos.ts';
import type { JpegComponent, JpegHeader } from './read-jpeg-header.ts';

/** The file's first byte in the decoder's memory: before it are the decoder's own tables. */
export const FILE_ADDRESS = 192 * 1024;
/** The decoder's memory at most: a picture that needs more is not for it. */
export const MEMORY_BYTES = 32 * 2 ** 20;
/** Behind the file: what the decoder reads of an MCU before it notices that the data have ended. */
const FILE_MARGIN = 4096;
/** Bytes that are loaded at once. */
const VECTOR = 16;

/** Where everything about one picture lies in the decoder's memory, and how big it is. */
export interface DecodingPlan {
  readonly header: JpegHeader;
  readonly across: FittedAxis;
  readonly down: FittedAxis;
  readonly mcusAcross: number;
  readonly mcusDown: number;
  readonly components: readonly PlannedComponent[];
  readonly axes: readonly PlannedAxis[];
  /** Addresses of the structures that say all this to the decoder, and of its lines. */
  readonly structures: {
    readonly components: number;
    readonly axes: number;
    readonly lines: number;
  };
  /** Addresses of five lines: see `Lines` in the decoder. */
  readonly lines: readonly number[];
  /** Address of the pixels as stored, not upright yet, and the size with bars. */
  readonly output: number;
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly fileEnd: number;
  /** Bytes of memory in all. */
  readonly bytes: number;
}

export interface PlannedComponent extends JpegComponent {
  /** Samples that an 8 × 8 block becomes each way: 8, 4, 2 or 1. */
  readonly blockSize: number;
  readonly stride: number;
  /** Addresses. */
  readonly factors: number;
  readonly plane: number;
  /** Indices of its axes. */
  readonly horizontal: number;
  readonly vertical: number;
}

export interface PlannedAxis extends Resizing {
  /** Outputs and weights with what fills up whole vectors. */
  readonly paddedCount: number;
  readonly taps: number;
  /** Addresses. */
  readonly starts: number;
  readonly weights: number;
}

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Gives out memory from one address on. */
class Layout {
  end: number;

  constructor(start: number) {
    this.end = start;
  }

  take(bytes: number): number {
    const address = roundUp(this.end, VECTOR);
    this.end = address + bytes;
    return address;
  }
}

/**
 * Plans how a picture is decoded and resized.
 *
 * Each component is decoded at the smallest size, a half, a quarter or an eighth, that is not smaller
 * than the output on either side, and resized from there: colour that is stored at half the size is
 * not enlarged first.
 *
 * @param fileBytes length of the whole file
 * @returns null for what is left to others: enlarging, other kernels, pictures that need too much memory
 */
export function planDecoding(
  header: JpegHeader,
  input: PreprocessInput,
  fileBytes: number,
): DecodingPlan | null {
  const fitted = input.kernel === 'lanczos3' ? fitAxes(header, input) : null;
  if (fitted === null) return null;
  const turned = header.orientation >= 5;
  const outputWidth = turned ? input.height : input.width;
  const outputHeight = turned ? input.width : input.height;
  const most = {
    across: Math.max(...header.components.map(({ across }) => across)),
    down: Math.max(...header.components.map(({ down }) => down)),
  };
  const mcusAcross = Math.ceil(header.width / (8 * most.across));
  const mcusDown = Math.ceil(header.height / (8 * most.down));
  const fileEnd = FILE_ADDRESS + fileBytes;
  const layout = new Layout(fileEnd + FILE_MARGIN);
  const axes: PlannedAxis[] = [];
  const addAxis = (axis: FittedAxis, size: number, unit: number, padding: number): number => {
    const start = axis.start / unit;
    const step = axis.step / unit;
    const samples = Math.ceil(size / unit);
    const known = axes.findIndex(
      (a) => a.start === start && a.step === step && a.size === samples && a.taps % padding === 0,
    );
    if (known !== -1) return known;
    const paddedCount = roundUp(axis.count, 8);
    const taps = roundUp(countTaps(step), padding);
    const starts = layout.take(paddedCount * 4);
    const weights = layout.take(paddedCount * taps * 2);
    axes.push({
      count: axis.count,
      start,
      step,
      size: samples,
      paddedCount,
      taps,
      starts,
      weights,
    });
    return axes.length - 1;
  };
  const components = header.components.map((component): PlannedComponent => {
    const unitAcross = most.across / component.across;
    const unitDown = most.down / component.down;
    const shrink = Math.min(fitted.across.step / unitAcross, fitted.down.step / unitDown);
    const reduction = [8, 4, 2].find((times) => shrink >= times) ?? 1;
    const blockSize = 8 / reduction;
    const stride = roundUp(mcusAcross * component.across * blockSize, 8);
    const rows = mcusDown * component.down * blockSize;
    const horizontal = addAxis(fitted.across, header.width, unitAcross * reduction, 8);
    const vertical = addAxis(fitted.down, header.height, unitDown * reduction, 2);
    // Weights of 0 reach beyond the last row.
    const reach = rows + (axes[vertical]?.taps ?? 0);
    const plane = layout.take(stride * reach + VECTOR);
    const factors = layout.take(64 * 4);
    return { ...component, blockSize, stride, factors, plane, horizontal, vertical };
  });
  const column = layout.take(
    2 * Math.max(...components.map((c) => c.stride + (axes[c.horizontal]?.taps ?? 0))) + VECTOR,
  );
  const line = () => layout.take(2 * roundUp(fitted.across.count, 8));
  const lines = [column, line(), line(), line(), layout.take(3 * roundUp(fitted.across.count, 8))];
  const structures = {
    components: layout.take(components.length * 12 * 4),
    axes: layout.take(axes.length * 4 * 4),
    lines: layout.take(lines.length * 4),
  };
  const output = layout.take(outputWidth * outputHeight * 3);
  const bytes = layout.end + VECTOR;
  if (bytes > MEMORY_BYTES) return null;
  return {
    header,
    ...fitted,
    mcusAcross,
    mcusDown,
    components,
    axes,
    structures,
    lines,
    output,
    outputWidth,
    outputHeight,
    fileEnd,
    bytes,
  };
}
