import { setFloat16 } from '@petamoriken/float16';
import type { ModelInput } from '../domain/model.ts';

/** The elements of a tensor as onnxruntime takes them; float16 travels as its bits. */
export type TensorData = Float32Array | Uint16Array | Uint8Array;

/** For each of the input's three channels, in its colour order, the packed value of pixels 0–255. */
export type PixelTable = readonly [TensorData, TensorData, TensorData];

/** An array for `length` elements of a dtype. */
export function allocate(dtype: ModelInput['dtype'], length: number): TensorData {
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'float16' ? new Uint16Array(length) : new Uint8Array(length);
}

/** The bits of a number as IEEE 754 half precision. */
export function toFloat16Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(2));
  setFloat16(view, 0, value);
  return view.getUint16(0);
}

/**
 * All values a pixel can take, worked out once: value = (pixel − mean) / std. A table look-up per
 * pixel is cheaper than the arithmetic, and makes float16 cost no more than float32.
 */
export function createPixelTable(input: ModelInput): PixelTable {
  const channel = (at: 0 | 1 | 2): TensorData => {
    const table = allocate(input.dtype, 256);
    for (let pixel = 0; pixel < 256; pixel++) {
      const value = (pixel - input.mean[at]) / input.std[at];
      table[pixel] = input.dtype === 'float16' ? toFloat16Bits(value) : value;
    }
    return table;
  };
  return [channel(0), channel(1), channel(2)];
}

/**
 * Writes one picture into the batch's tensor.
 *
 * @param pixels `[height, width, 3]` RGB, 0–255
 * @param target `[N, 3, height, width]` or `[N, height, width, 3]`, by the input's layout
 * @param row which of the N
 */
export function packPixels(
  pixels: Uint8Array,
  input: ModelInput,
  table: PixelTable,
  target: TensorData,
  row: number,
): void {
  const area = input.width * input.height;
  if (pixels.length !== area * 3) {
    throw new RangeError(`Expected ${area * 3} bytes of pixels but received ${pixels.length}`);
  }
  const place = target.subarray(row * area * 3, (row + 1) * area * 3);
  const order: Order = input.colourOrder === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  if (input.layout === 'NHWC') packInterleaved(pixels, table, place, order);
  else if (canReadWords(pixels)) packPlanesByWords(pixels, table, place, order);
  else packPlanes(pixels, table, place, order);
}

/** Which of red, green and blue is the first, second and third channel. */
type Order = readonly [number, number, number];

/** Whether each four pixels are three words, with the first byte in the lowest bits. */
function canReadWords({ length, byteOffset }: Uint8Array): boolean {
  return IS_LITTLE_ENDIAN && length % 12 === 0 && byteOffset % 4 === 0;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Four pixels at a time, as three words: twice as fast as by bytes. */
function packPlanesByWords(
  { buffer, byteOffset, length }: Uint8Array,
  tables: PixelTable,
  place: TensorData,
  order: Order,
): void {
  const words = new Uint32Array(buffer, byteOffset, length / 4);
  const area = length / 3;
  const [r, g, b] = order.map((_, colour) => tables[order.indexOf(colour)]) as [
    TensorData,
    TensorData,
    TensorData,
  ];
  const [red, green, blue] = order.map((_, colour) => {
    const plane = order.indexOf(colour);
    return place.subarray(plane * area, (plane + 1) * area);
  }) as [TensorData, TensorData, TensorData];
  for (let n = 0, at = 0; n < area; n += 4, at += 3) {
    const rgbr = words[at] as number;
    const gbrg = words[at + 1] as number;
    const brgb = words[at + 2] as number;
    red[n] = r[rgbr & 255] as number;
    green[n] = g[(rgbr >>> 8) & 255] as number;
    blue[n] = b[(rgbr >>> 16) & 255] as number;
    red[n + 1] = r[rgbr >>> 24] as number;
    green[n + 1] = g[gbrg & 255] as number;
    blue[n + 1] = b[(gbrg >>> 8) & 255] as number;
    red[n + 2] = r[(gbrg >>> 16) & 255] as number;
    green[n + 2] = g[gbrg >>> 24] as number;
    blue[n + 2] = b[brgb & 255] as number;
    red[n + 3] = r[(brgb >>> 8) & 255] as number;
    green[n + 3] = g[(brgb >>> 16) & 255] as number;
    blue[n + 3] = b[brgb >>> 24] as number;
  }
}

/** One look at each pixel for all three planes: a third faster than a plane at a time. */
function packPlanes(
  pixels: Uint8Array,
  [first, second, third]: PixelTable,
  place: TensorData,
  [a, b, c]: Order,
): void {
  const area = place.length / 3;
  const [plane1, plane2] = [place.subarray(0, area), place.subarray(area, 2 * area)];
  const plane3 = place.subarray(2 * area);
  for (let n = 0, at = 0; n < area; n++, at += 3) {
    plane1[n] = first[pixels[at + a] as number] as number;
    plane2[n] = second[pixels[at + b] as number] as number;
    plane3[n] = third[pixels[at + c] as number] as number;
  }
}

function packInterleaved(
  pixels: Uint8Array,
  [first, second, third]: PixelTable,
  place: TensorData,
  [a, b, c]: Order,
): void {
  for (let at = 0; at < place.length; at += 3) {
    place[at] = first[pixels[at + a] as number] as number;
    place[at + 1] = second[pixels[at + b] as number] as number;
    place[at + 2] = third[pixels[at + c] as number] as number;
  }
}
