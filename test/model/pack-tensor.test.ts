import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelInput } from '../../src/domain/model.ts';
import {
  allocate,
  createPixelTable,
  packPixels,
  toFloat16Bits,
} from '../../src/model/pack-tensor.ts';

const INPUT: ModelInput = {
  name: 'image',
  layout: 'NCHW',
  dtype: 'float32',
  width: 2,
  height: 1,
  fit: 'fill',
  kernel: 'lanczos3',
  colourOrder: 'RGB',
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** IEEE 754 half precision, written out from its definition. */
function fromFloat16Bits(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
}

/** Within half a unit in the last place: 11 significant bits, 2⁻²⁵ at least. */
function expectHalf(bits: number, value: number): void {
  const tolerance = Math.max(Math.abs(value) * 2 ** -11, 2 ** -25);
  expect(Math.abs(fromFloat16Bits(bits) - value)).toBeLessThanOrEqual(tolerance);
}

function pack(pixels: readonly number[], changes: Partial<ModelInput>): number[] {
  const input = { ...INPUT, ...changes };
  const target = allocate(input.dtype, pixels.length);
  packPixels(Uint8Array.from(pixels), input, createPixelTable(input), target, 0);
  return [...target];
}

describe('two pixels, (1, 2, 3) and (4, 5, 6), become', () => {
  test.each<[Partial<ModelInput>, number[]]>([
    [{ layout: 'NCHW' }, [1, 4, 2, 5, 3, 6]],
    [{ layout: 'NHWC' }, [1, 2, 3, 4, 5, 6]],
    [{ layout: 'NCHW', colourOrder: 'BGR' }, [3, 6, 2, 5, 1, 4]],
    [{ layout: 'NHWC', colourOrder: 'BGR' }, [3, 2, 1, 6, 5, 4]],
    [{ layout: 'NHWC', dtype: 'uint8' }, [1, 2, 3, 4, 5, 6]],
    [{ layout: 'NHWC', mean: [1, 2, 3], std: [2, 4, 1] }, [0, 0, 0, 1.5, 0.75, 3]],
    // mean and std stand in the order of the channels as the model takes them: blue first.
    [{ layout: 'NHWC', colourOrder: 'BGR', mean: [3, 0, 0] }, [0, 2, 1, 3, 5, 4]],
  ])('%j → %j', (changes, expected) => {
    expect(pack([1, 2, 3, 4, 5, 6], changes)).toEqual(expected);
  });
});

test('any picture, in any layout, order and row, is exactly (pixel − mean) / std, and touches no other row', () => {
  const number = fc.integer({ min: -300, max: 300 });
  const divisor = fc.integer({ min: 1, max: 300 });
  const cases = fc
    .record({
      width: fc.integer({ min: 1, max: 6 }),
      height: fc.integer({ min: 1, max: 6 }),
      layout: fc.constantFrom('NCHW' as const, 'NHWC' as const),
      colourOrder: fc.constantFrom('RGB' as const, 'BGR' as const),
      dtype: fc.constantFrom('float32' as const, 'float16' as const),
      mean: fc.tuple(number, number, number),
      std: fc.tuple(divisor, divisor, divisor),
      row: fc.integer({ min: 0, max: 2 }),
    })
    .chain((shape) => {
      const length = shape.width * shape.height * 3;
      return fc.tuple(fc.constant(shape), fc.uint8Array({ minLength: length, maxLength: length }));
    });
  fc.assert(
    fc.property(cases, ([{ row, ...changes }, pixels]) => {
      const input = { ...INPUT, ...changes };
      const { width, height, layout, colourOrder, mean, std } = input;
      const target = allocate(input.dtype, 3 * pixels.length).fill(77);
      packPixels(pixels, input, createPixelTable(input), target, row);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          for (const channel of [0, 1, 2] as const) {
            const colour = colourOrder === 'RGB' ? channel : 2 - channel;
            const pixel = pixels[(y * width + x) * 3 + colour] as number;
            const value = (pixel - mean[channel]) / std[channel];
            const at =
              layout === 'NCHW'
                ? (channel * height + y) * width + x
                : (y * width + x) * 3 + channel;
            const packed = target[row * pixels.length + at] as number;
            if (input.dtype === 'float32') expect(packed).toBe(Math.fround(value));
            else expectHalf(packed, value);
          }
        }
      }
      const others = [...target].filter((_, at) => Math.floor(at / pixels.length) !== row);
      expect(others.every((value) => value === 77)).toBe(true);
    }),
  );
});

test('a picture of another size is refused, and the message tells both', () => {
  expect(() => pack([1, 2, 3], {})).toThrow('Expected 6 bytes of pixels but received 3');
  expect(() => pack([1, 2, 3, 4, 5, 6, 7, 8, 9], {})).toThrow(RangeError);
});

describe('half precision', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -26, 0x0000],
    [1 / 3, 0x3555],
    [Number.POSITIVE_INFINITY, 0x7c00],
  ])('%d has the bits %i', (value, bits) => {
    expect(toFloat16Bits(value)).toBe(bits);
  });

  test('every value of a pixel survives within half a unit in the last place', () => {
    fc.assert(
      fc.property(fc.double({ min: -65504, max: 65504, noNaN: true }), (value) => {
        expectHalf(toFloat16Bits(value), value);
      }),
    );
  });
});
