import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/dashboard/answers.ts';
import { explain } from '../../src/dashboard/explain.ts';
import { asPredictionQuery, formatFilters, parseFilters } from '../../src/dashboard/filters.ts';
import { formatAge, formatSeconds, formatShare } from '../../src/dashboard/format.ts';

describe('filters in an address', () => {
  test('what is written is read again, whatever the names are', () => {
    const filters = {
      taxon: ['Panthera onca', 'A & B=<c>'],
      from: '2025-01-31',
      to: '2025-02-28',
      decision: ['unknown', 'rolled_up'],
    };
    expect(parseFilters(formatFilters(filters))).toEqual(filters);
  });

  test('what is no filter is left out', () => {
    const none = { taxon: [], from: '', to: '', decision: [] };
    expect(parseFilters('?from=2025-99-99&to=tomorrow&taxon=%20&x=y')).toEqual(none);
    expect(formatFilters(none)).toBe('');
  });

  test('the last day is in, over the end of a month', () => {
    expect(asPredictionQuery(parseFilters('?to=2024-02-29')).to).toBe('2024-03-01');
  });
});

describe('figures', () => {
  test.each([
    [0, 10, '0%'],
    [1, 1000, '<1%'],
    [999, 1000, '>99%'],
    [10, 10, '100%'],
    [0, 0, '–'],
  ])('%i of %i is %s', (part, total, text) => expect(formatShare(part, total)).toBe(text));

  test.each([
    [30, 'just now'],
    [3600 * 5, '5 hours ago'],
    [86_400 * 3, '3 days ago'],
    [86_400 * 90, '2 Oct 2025'],
  ])('%i seconds before is %s', (seconds, text) => {
    const now = Date.parse('2025-12-31T12:00Z');
    expect(formatAge(new Date(now - seconds * 1000).toISOString(), now)).toBe(text);
  });

  test.each([
    [0.59, '0.6 s'],
    [720, '12 min'],
    [11_100, '3 h 5 min'],
  ])('%f seconds take %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});

test.each([
  ['vision', /picture alone decided for jaguar/],
  ['region_weighted', /leopard \(0\.67\), and the region agrees/],
  ['region_masked', /the region agrees/],
  ['region_demoted', /leopard \(0\.67\), which is not known to live there\. Jaguar is/],
  ['rolled_up:genus', /stops at the species/],
  ['unknown', /Nothing reached its threshold/],
  ['blank', /no animal/],
])('a decision of %s is explained', (decision, text) => {
  const evidence = {
    decision,
    label: 'Panthera onca',
    commonName: 'jaguar',
    rank: 'species',
    score: 0.99,
    visionLabel: 'Panthera pardus',
    visionScore: 0.67,
    rawScores: [{ label: 'Panthera pardus', commonName: 'leopard', score: 0.67 }],
  } as unknown as Evidence;
  expect(explain(evidence)).toMatch(text);
});
