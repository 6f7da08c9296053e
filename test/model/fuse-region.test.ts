import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScoredLabel } from '../../src/domain/prediction.ts';
import { fuseRegion } from '../../src/model/fuse-region.ts';
import { LABELS } from '../helpers/labels.ts';

const scores = (...values: number[]): ScoredLabel[] =>
  values.map((score, index) => ({ index, score })).sort((a, b) => b.score - a.score);
const presence = (...values: number[]) => Float32Array.from(values);
const byIndex = (fused: ScoredLabel[]) =>
  fused.toSorted((a, b) => a.index - b.index).map(({ score }) => score);

describe('weighted', () => {
  test('multiplies by presence, floors absence at 0.005, and keeps the sum of the animals', () => {
    const fused = byIndex(fuseRegion(scores(0.6, 0.4), LABELS, presence(0, 0.5), 'weighted'));
    const [absent, present] = [0.6 * 0.005, 0.4 * 0.5];
    expect(fused[0]).toBeCloseTo(absent / (absent + present), 6);
    expect(fused[1]).toBeCloseTo(present / (absent + present), 6);
  });

  test.each([
    [0, 0.005],
    [0.004, 0.005],
    [0.005, 0.005],
    [0.006, 0.006],
    [1, 1],
  ])('takes a presence of %f as %f', (given, taken) => {
    const fused = byIndex(fuseRegion(scores(0.5, 0.5), LABELS, presence(given, 1), 'weighted'));
    expect(fused[0]).toBeCloseTo(taken / (taken + 1), 6);
  });

  test('leaves blank and human as they are, whatever the region says', () => {
    const fused = fuseRegion(
      scores(0.3, 0.1, 0, 0, 0, 0.4, 0.2),
      LABELS,
      presence(0, 1, 1, 1, 1, Number.NaN, Number.NaN),
      'weighted',
    );
    expect(byIndex(fused)[5]).toBe(0.4);
    expect(byIndex(fused)[6]).toBe(0.2);
    expect(fused[0]?.index).toBe(5);
  });

  test('keeps the weight of labels that the region says nothing about', () => {
    const fused = byIndex(
      fuseRegion(scores(0.5, 0.5), LABELS, presence(Number.NaN, 0.5), 'weighted'),
    );
    expect(fused[0]).toBeCloseTo(2 / 3, 6);
  });

  test('sums of animals never change and no score leaves 0–1', () => {
    const unit = fc.float({ min: 0, max: 1, noNaN: true });
    const seven = fc.array(unit, { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(
        seven,
        seven,
        fc.constantFrom('weighted', 'mask' as const),
        (raw, there, mode) => {
          const total = raw.reduce((sum, value) => sum + value, 0) || 1;
          const vision = scores(...raw.map((value) => value / total));
          const fused = fuseRegion(vision, LABELS, Float32Array.from(there), mode);
          const animals = (list: ScoredLabel[]) =>
            list.filter(({ index }) => index < 5).reduce((sum, { score }) => sum + score, 0);
          expect(fused).toHaveLength(7);
          expect(fused.every(({ score }) => score >= 0 && score <= 1 + 1e-9)).toBe(true);
          if (mode === 'weighted') expect(animals(fused)).toBeCloseTo(animals(vision), 5);
        },
      ),
    );
  });
});

describe('mask', () => {
  test('scores what is not there with 0 and renormalises the rest', () => {
    const fused = byIndex(fuseRegion(scores(0.6, 0.3, 0.1), LABELS, presence(0, 0.01, 1), 'mask'));
    expect(fused[0]).toBe(0);
    expect(fused[1]).toBeCloseTo(0.75, 6);
    expect(fused[2]).toBeCloseTo(0.25, 6);
  });

  test('scores every animal with 0 where none of them lives there', () => {
    const fused = fuseRegion(scores(0.6, 0.4), LABELS, presence(0, 0), 'mask');
    expect(fused.every(({ score }) => score === 0)).toBe(true);
  });
});
