import type { PreprocessInput } from '../preprocess-image.ts';
import { type FittedAxis, fitAxes, isTurned } from './fit-axes.ts';
import { countTaps, type Resizing } from './lanczos.ts';
import type { JpegComponent, JpegHeader } from './read-jpeg-header.ts';

/** The file's first byte in the decoder's memory: before it are the decoder's own tables. */
export const FILE_ADDRESS = 192 * 1024;
/** The decoder's memory at most: a picture that needs more is not for it. */
export const MEMORY_BYTES = 32 * 2 ** 20;
/** Behind the file: what the decoder reads of an MCU before it notices that the data have ended. */
const FILE_MARGIN = 4096;
/** Bytes that are loaded at once, and outputs that are made at once. */
const VECTOR = 16;
const PIXELS_AT_ONCE = 8;
/** Weights are worked on eight at a time along a line, and two at a time down the lines. */
const HORIZONTAL_TAPS = 8;
const VERTICAL_TAPS = 2;
/** Of the decoder's `Component` and `Axis`: 12 and 4 fields. */
export const COMPONENT_BYTES = 48;
export const AXIS_BYTES = 16;

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
  /** Address behind the file. */
  readonly fileEnd: number;
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

/** MCUs of the frame (ITU T.81, A.1.1 and A.2), and the most blocks that a component has in one. */
interface Frame {
  readonly header: JpegHeader;
  readonly across: number;
  readonly down: number;
  readonly mcusAcross: number;
  readonly mcusDown: number;
}

/**
 * Plans how a picture is decoded and resized.
 *
 * Each component is decoded at the smallest size, of an eighth, a quarter, a half and the whole, that is
 * not smaller than the output on either side, and resized from there: colour that is stored at half the
 * size is not enlarged first.
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
  const frame = measureFrame(header);
  const fileEnd = FILE_ADDRESS + fileBytes;
  const layout = new Layout(fileEnd + FILE_MARGIN);
  const axes: PlannedAxis[] = [];
  const components = header.components.map((component) =>
    planComponent(component, frame, fitted, axes, layout),
  );
  const lines = placeLines(components, axes, fitted.across.count, layout);
  const structures = {
    components: layout.take(components.length * COMPONENT_BYTES),
    axes: layout.take(axes.length * AXIS_BYTES),
    lines: layout.take(lines.length * 4),
  };
  const turned = isTurned(header.orientation);
  const outputWidth = turned ? input.height : input.width;
  const outputHeight = turned ? input.width : input.height;
  const output = layout.take(outputWidth * outputHeight * 3);
  if (layout.end + VECTOR > MEMORY_BYTES) return null;
  const { mcusAcross, mcusDown } = frame;
  const places = { structures, lines, output, fileEnd };
  const counts = { mcusAcross, mcusDown, outputWidth, outputHeight };
  return { header, ...fitted, ...counts, components, axes, ...places };
}

function measureFrame(header: JpegHeader): Frame {
  const across = Math.max(...header.components.map((component) => component.across));
  const down = Math.max(...header.components.map((component) => component.down));
  const mcusAcross = Math.ceil(header.width / (8 * across));
  const mcusDown = Math.ceil(header.height / (8 * down));
  return { header, across, down, mcusAcross, mcusDown };
}

function planComponent(
  component: JpegComponent,
  frame: Frame,
  fitted: { readonly across: FittedAxis; readonly down: FittedAxis },
  axes: PlannedAxis[],
  layout: Layout,
): PlannedComponent {
  const unitAcross = frame.across / component.across;
  const unitDown = frame.down / component.down;
  const shrink = Math.min(fitted.across.step / unitAcross, fitted.down.step / unitDown);
  const reduction = [8, 4, 2].find((times) => shrink >= times) ?? 1;
  const across = inSamples(fitted.across, frame.header.width, unitAcross * reduction);
  const down = inSamples(fitted.down, frame.header.height, unitDown * reduction);
  const horizontal = placeAxis(across, HORIZONTAL_TAPS, axes, layout);
  const vertical = placeAxis(down, VERTICAL_TAPS, axes, layout);
  const blockSize = 8 / reduction;
  const stride = roundUp(frame.mcusAcross * component.across * blockSize, 8);
  // Weights of 0 reach beyond the last row.
  const rows = frame.mcusDown * component.down * blockSize + (axes[vertical]?.taps ?? 0);
  const plane = layout.take(stride * rows + VECTOR);
  const factors = layout.take(64 * 4);
  return { ...component, blockSize, stride, factors, plane, horizontal, vertical };
}

/** A fitted axis in samples of a component, each of which stands for `unit` pixels. */
function inSamples(axis: FittedAxis, pixels: number, unit: number): Resizing {
  const { count, start, step } = axis;
  return { count, start: start / unit, step: step / unit, size: Math.ceil(pixels / unit) };
}

/** The index of an axis in the list, into which it is put unless its like is there. */
function placeAxis(axis: Resizing, padding: number, axes: PlannedAxis[], layout: Layout): number {
  const taps = roundUp(countTaps(axis.step), padding);
  const isLike = (other: PlannedAxis) =>
    (['count', 'start', 'step', 'size'] as const).every((key) => other[key] === axis[key]);
  const known = axes.findIndex((other) => isLike(other) && other.taps === taps);
  if (known !== -1) return known;
  const paddedCount = roundUp(axis.count, PIXELS_AT_ONCE);
  const starts = layout.take(paddedCount * 4);
  const weights = layout.take(paddedCount * taps * 2);
  return axes.push({ ...axis, paddedCount, taps, starts, weights }) - 1;
}

/** One line of the widest plane, three of the output in 16 bits, and one of its pixels. */
function placeLines(
  components: readonly PlannedComponent[],
  axes: readonly PlannedAxis[],
  columns: number,
  layout: Layout,
): number[] {
  const widest = Math.max(...components.map((c) => c.stride + (axes[c.horizontal]?.taps ?? 0)));
  const padded = roundUp(columns, PIXELS_AT_ONCE);
  const bytes = [2 * widest + VECTOR, 2 * padded, 2 * padded, 2 * padded, 3 * padded];
  return bytes.map((each) => layout.take(each));
}
