import { describe, expect, test } from 'vitest';
import { rankOf, taxonKey } from '../../src/domain/taxonomy.ts';
import { formatBytes, parseBytes, parseDuration, parseShare } from '../../src/domain/units.ts';
import { label } from '../helpers/labels.ts';

test.each([
  ['Panthera onca', 'panthera onca'],
  ['Panthera onca (Linnaeus, 1758)', 'panthera onca'],
  ['Vulpes vulpes fulva', 'vulpes vulpes'],
  ['PANTHERA', 'panthera'],
  ['Panthera Oken, 1816', 'panthera'],
  ['Felidae', 'felidae'],
  ['  Canis   lupus ', 'canis lupus'],
  ['Anas × platyrhynchos', 'anas platyrhynchos'],
  ['Polygonia c-album', 'polygonia c-album'],
])('taxonKey of %s is %s', (name, key) => {
  expect(taxonKey(name)).toBe(key);
});

test('rankOf is the lowest rank that a label names', () => {
  expect(rankOf(label(0, 'Panthera onca'))).toBe('species');
  expect(rankOf(label(0, 'Panthera', { species: null }))).toBe('genus');
  expect(rankOf(label(0, 'Felidae', { species: null, genus: null }))).toBe('family');
  const animal = { species: null, genus: null, family: null, order: null, class: null };
  expect(rankOf(label(0, 'Animalia', animal))).toBe('kingdom');
});

describe('units', () => {
  test.each([
    ['64MiB', 67_108_864],
    ['10 MB', 10_000_000],
    ['1.5kB', 1500],
    ['123', 123],
    ['lots', null],
    ['-1', null],
    ['5 parsecs', null],
  ])('parseBytes(%s) is %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.each([
    ['24h', 86_400_000],
    ['90 s', 90_000],
    ['250ms', 250],
    ['7', 7],
    ['a day', null],
  ])('parseDuration(%s) is %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    ['5%', 0.05],
    ['0.05', 0.05],
    ['100%', 1],
    ['0', 0],
    ['101%', null],
    ['1.5', null],
    ['-5%', null],
  ])('parseShare(%s) is %s', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  test('formatBytes is short', () => {
    expect(formatBytes(0)).toBe('0 B');
    expect(formatBytes(1536)).toBe('1.5 KiB');
    expect(formatBytes(64 * 2 ** 20)).toBe('64.0 MiB');
  });
});
