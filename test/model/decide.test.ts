import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEPT_SCORES } from '../../src/domain/prediction.ts';
import type { RegionalFeatures } from '../../src/domain/region.ts';
import { type DecisionRules, decide, keepHighest } from '../../src/model/decide.ts';
import { LABELS } from '../helpers/labels.ts';

const RULES: DecisionRules = {
  labels: LABELS,
  thresholds: { minScore: 0.5, rollUpScore: 0.65, minSupport: 0.1 },
  fusion: 'weighted',
};

/** jaguar, leopard, wildcat, red fox, ostrich, blank, human. */
const vision = (...values: number[]) => keepHighest(Float32Array.from(values));
const region = (...values: number[]): RegionalFeatures => ({
  cell: '845ba67ffffffff',
  month: 0,
  presence: Float32Array.from([...values, Number.NaN, Number.NaN]),
});
const GERMANY = region(0, 0, 0.8, 0.99, 0);
const PANTANAL = region(0.9, 0, 0, 0, 0);

describe('decide', () => {
  test.each([
    ['blank', vision(0.2, 0.1, 0, 0, 0, 0.7, 0)],
    ['human', vision(0.2, 0.1, 0, 0, 0, 0, 0.7)],
  ])('1: no animal, above the threshold, is %s wherever it is', (decision, scores) => {
    for (const place of [null, GERMANY]) {
      expect(decide(scores, place, RULES)).toMatchObject({
        decision,
        label: decision,
        rank: 'none',
      });
    }
  });

  test('2: without a region the picture decides alone', () => {
    expect(decide(vision(0.7, 0.3, 0, 0, 0, 0, 0), null, RULES)).toMatchObject({
      decision: 'vision',
      label: 'Panthera onca',
      fusion: 'none',
      presence: null,
      regionCell: null,
    });
  });

  test.each([
    [0.49, 'rolled_up:genus'],
    [0.5, 'vision'],
    [0.51, 'vision'],
  ])('a first of %f at a threshold of 0.5 is %s', (score, decision) => {
    const scores = vision(score, 0.9 - score, 0, 0.1, 0, 0, 0);
    expect(decide(scores, null, RULES).decision).toBe(decision);
  });

  test('3: a region that agrees raises the score and says so', () => {
    const prediction = decide(vision(0.55, 0.45, 0, 0, 0, 0, 0), PANTANAL, RULES);
    expect(prediction).toMatchObject({ decision: 'region_weighted', label: 'Panthera onca' });
    expect(prediction.score).toBeGreaterThan(0.98);
    expect(prediction.visionScore).toBeCloseTo(0.55, 6);
  });

  test('4: a first that does not live there gives way to a second that does', () => {
    const prediction = decide(vision(0.45, 0.55, 0, 0, 0, 0, 0), PANTANAL, RULES);
    expect(prediction).toMatchObject({
      decision: 'region_demoted',
      label: 'Panthera onca',
      visionLabel: 'Panthera pardus',
      visionPresence: 0,
    });
    expect(prediction.presence).toBeCloseTo(0.9, 6);
  });

  test.each([
    [0.099, 'rolled_up:family'],
    [0.1, 'region_demoted'],
    [0.11, 'region_demoted'],
  ])('4: a second with a vision score of %f is %s', (second, decision) => {
    const scores = vision(1 - second, 0, second, 0, 0, 0, 0);
    expect(decide(scores, GERMANY, { ...RULES }).decision).toBe(decision);
  });

  test('5: a jaguar in Germany is a cat, as wildcats live there, and no genus of big cats', () => {
    const prediction = decide(vision(0.9, 0.07, 0.03, 0, 0, 0, 0), GERMANY, RULES);
    expect(prediction).toMatchObject({
      decision: 'rolled_up:family',
      label: 'Felidae',
      rank: 'family',
      visionLabel: 'Panthera onca',
    });
  });

  test('5: an absent first alone is not taken for a confirmed one', () => {
    const prediction = decide(vision(0, 0, 0, 0, 0.9, 0.1, 0), GERMANY, RULES);
    expect(prediction.decision).toBe('rolled_up:kingdom');
    expect(prediction.visionLabel).toBe('Struthio camelus');
  });

  test('6: below every threshold it is unknown', () => {
    expect(decide(vision(0.3, 0, 0, 0, 0, 0.35, 0.35), null, RULES)).toMatchObject({
      decision: 'unknown',
      label: 'unknown',
      rank: 'none',
    });
  });

  test('mask says so', () => {
    const rules: DecisionRules = { ...RULES, fusion: 'mask' };
    expect(decide(vision(0.6, 0.4, 0, 0, 0, 0, 0), PANTANAL, rules).decision).toBe('region_masked');
    expect(decide(vision(0.4, 0.6, 0, 0, 0, 0, 0), PANTANAL, rules).decision).toBe(
      'region_demoted',
    );
  });

  test('the evidence is always kept and scores stay within 0–1', () => {
    const unit = fc.float({ min: 0, max: 1, noNaN: true });
    const seven = fc.array(unit, { minLength: 7, maxLength: 7 });
    const places = fc.option(fc.array(unit, { minLength: 5, maxLength: 5 }));
    fc.assert(
      fc.property(
        seven,
        places,
        fc.constantFrom('weighted', 'mask' as const),
        (raw, there, fusion) => {
          const total = raw.reduce((sum, value) => sum + value, 0) || 1;
          const scores = vision(...raw.map((value) => value / total));
          const prediction = decide(scores, there && region(...there), { ...RULES, fusion });
          expect(prediction.score).toBeGreaterThanOrEqual(0);
          expect(prediction.score).toBeLessThanOrEqual(1);
          expect(prediction.rawScores).toEqual(scores);
          expect(prediction.visionLabel).toBe(LABELS[scores[0]?.index ?? 0]?.scientificName);
          expect(prediction.fusion).toBe(there ? fusion : 'none');
        },
      ),
    );
  });
});

describe('keepHighest', () => {
  test('keeps the 20 highest, highest first, ties by index', () => {
    const values = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (row) => {
        const expected = [...Float32Array.from(row)]
          .map((score, index) => ({ index, score }))
          .sort((a, b) => b.score - a.score || a.index - b.index)
          .slice(0, KEPT_SCORES);
        expect(keepHighest(Float32Array.from(row))).toEqual(expected);
      }),
    );
  });
});
