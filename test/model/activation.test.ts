import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activate, settleScores } from '../../src/model/activation.ts';

type Activation = Parameters<typeof activate>[1];

function activated(values: Iterable<number>, activation: Activation): Float32Array {
  const row = Float32Array.from(values);
  activate(row, activation);
  return row;
}

const sum = (row: Float32Array) => row.reduce((total, value) => total + value, 0);
const logits = (limit: number) =>
  fc.array(fc.float({ min: -limit, max: limit, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('softmax', () => {
  test.each([
    [[0], [1]],
    [
      [0, 0],
      [0.5, 0.5],
    ],
    [
      [Math.log(1), Math.log(3)],
      [0.25, 0.75],
    ],
    [
      [1, 2, 3],
      [0.0900306, 0.2447285, 0.6652409],
    ],
    [
      [-1000, 0],
      [0, 1],
    ],
  ])('of %j is %j', (values, expected) => {
    for (const [at, score] of activated(values, 'softmax').entries()) {
      expect(score).toBeCloseTo(expected[at] as number, 6);
    }
  });

  test('sums to 1 and stays within 0–1, however large the logits', () => {
    fc.assert(
      fc.property(logits(Math.fround(3e38)), (values) => {
        const row = activated(values, 'softmax');
        expect(sum(row)).toBeCloseTo(1, 5);
        expect(row.every((score) => score >= 0 && score <= 1)).toBe(true);
      }),
    );
  });

  test('does not change when the same number is added to every logit', () => {
    const shift = fc.float({ min: -64, max: 64, noNaN: true });
    fc.assert(
      fc.property(logits(30), shift, (values, by) => {
        const row = activated(values, 'softmax');
        const shifted = activated(
          values.map((value) => value + by),
          'softmax',
        );
        for (const [at, score] of row.entries()) expect(shifted[at]).toBeCloseTo(score, 4);
      }),
    );
  });

  test('keeps the order of the logits', () => {
    fc.assert(
      fc.property(logits(50), (values) => {
        const row = activated(values, 'softmax');
        const floats = Float32Array.from(values);
        for (let at = 1; at < row.length; at++) {
          if ((floats[at - 1] as number) < (floats[at] as number)) {
            expect(row[at - 1]).toBeLessThanOrEqual(row[at] as number);
          }
        }
      }),
    );
  });

  test.each([[[Number.NaN, 1]], [[Number.POSITIVE_INFINITY, 1]], [[-Infinity, -Infinity]]])(
    'of %j gives no scores that would be believed',
    (values) => {
      expect(settleScores(activated(values, 'softmax'))).toBe(false);
    },
  );
});

describe('sigmoid', () => {
  test.each([
    [0, 0.5],
    [Math.log(3), 0.75],
    [-Math.log(3), 0.25],
    [1000, 1],
    [-1000, 0],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NEGATIVE_INFINITY, 0],
  ])('of %d is %d', (value, expected) => {
    expect(activated([value], 'sigmoid')[0]).toBeCloseTo(expected, 6);
  });

  test('of NaN is NaN', () => {
    expect(activated([Number.NaN], 'sigmoid')[0]).toBeNaN();
  });

  test('judges each label by itself: the others in the row do not matter', () => {
    fc.assert(
      fc.property(logits(100), (values) => {
        const row = activated(values, 'sigmoid');
        for (const [at, value] of values.entries()) {
          expect(row[at]).toBe(activated([value], 'sigmoid')[0]);
        }
      }),
    );
  });
});

test('none leaves the row as it is, NaN included', () => {
  expect(activated([0.25, -3, Number.NaN, 7], 'none')).toEqual(
    Float32Array.from([0.25, -3, Number.NaN, 7]),
  );
});

test('works in place, on its own row only', () => {
  const batch = new Float32Array([9, 9, 0, 0, 9, 9]);
  activate(batch.subarray(2, 4), 'softmax');
  expect([...batch]).toEqual([9, 9, 0.5, 0.5, 9, 9]);
});

describe('settleScores', () => {
  test.each([
    [[0, 0.5, 1], true, [0, 0.5, 1]],
    [[-0.0019], true, [0]],
    [[1.0019], true, [1]],
    [[-0.0021], false, null],
    [[1.0021], false, null],
    [[0.5, Number.NaN], false, null],
    [[0.5, Number.POSITIVE_INFINITY], false, null],
    [[Number.NEGATIVE_INFINITY], false, null],
    [[], true, []],
  ])('%j → %j', (values, valid, settled) => {
    const row = Float32Array.from(values);
    expect(settleScores(row)).toBe(valid);
    if (settled) expect([...row]).toEqual(settled);
  });
});
