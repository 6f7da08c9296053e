import { describe, expect, test } from 'vitest';
import { rollUp } from '../../src/model/roll-up.ts';
import { LABELS } from '../helpers/labels.ts';

const scored = (...pairs: [index: number, score: number][]) =>
  pairs.map(([index, score]) => ({ index, score }));

describe('rollUp', () => {
  test.each([
    ['genus', scored([0, 0.4], [1, 0.4], [3, 0.2]), 'Panthera', 0.8],
    ['family', scored([0, 0.3], [2, 0.4], [3, 0.3]), 'Felidae', 0.7],
    ['order', scored([0, 0.4], [3, 0.4], [4, 0.2]), 'Carnivora', 0.8],
    ['kingdom', scored([0, 0.5], [4, 0.5]), 'Animalia', 1],
  ] as const)('answers with the lowest rank that holds: %s', (rank, scores, name, sum) => {
    const ancestor = rollUp(scores, LABELS, 0.65);
    expect(ancestor).toMatchObject({ name, rank });
    expect(ancestor?.score).toBeCloseTo(sum, 6);
  });

  test.each([
    [0.64, null],
    [0.65, 'Panthera'],
    [0.66, 'Panthera'],
  ])('a genus with %f at a threshold of 0.65 gives %s', (score, expected) => {
    const ancestor = rollUp(scored([0, score], [6, 1 - score]), LABELS, 0.65);
    expect(ancestor?.name ?? null).toBe(expected);
  });

  test('blank and human take no part', () => {
    expect(rollUp(scored([5, 0.9], [0, 0.1]), LABELS, 0.65)).toBeNull();
  });

  test('passes over ancestors below which nothing is admitted', () => {
    const onlyFox = ({ scientificName }: { scientificName: string }) =>
      scientificName === 'Vulpes vulpes';
    const ancestor = rollUp(scored([0, 0.9], [3, 0.1]), LABELS, 0.65, onlyFox);
    expect(ancestor).toMatchObject({ name: 'Carnivora', rank: 'order' });
  });
});
