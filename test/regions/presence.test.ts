import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presenceOf, shrinkRate } from '../../src/regions/presence.ts';

const count = fc.double({ min: 0, max: 1e6, noNaN: true });
const rate = fc.double({ min: 0, max: 1, noNaN: true });
const smoothed = fc
  .tuple(count, rate)
  .map(([observations, share]) => ({ observations, records: observations * share }));

describe('shrinkRate and presenceOf', () => {
  it('stay within 0–1', () => {
    fc.assert(
      fc.property(smoothed, rate, (counts, parent) => {
        const value = shrinkRate(counts, parent);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        expect(presenceOf(value)).toBeGreaterThanOrEqual(0);
        expect(presenceOf(value)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('rise with the records of the taxon', () => {
    fc.assert(
      fc.property(smoothed, rate, count, (counts, parent, more) => {
        const raised = { ...counts, records: counts.records + more };
        expect(shrinkRate(raised, parent)).toBeGreaterThanOrEqual(shrinkRate(counts, parent));
      }),
    );
  });

  it('fall, or stay, when more is observed and the taxon is not among it', () => {
    fc.assert(
      fc.property(smoothed, rate, count, (counts, parent, more) => {
        const longer = { ...counts, observations: counts.observations + more };
        expect(shrinkRate(longer, parent)).toBeLessThanOrEqual(shrinkRate(counts, parent));
      }),
    );
  });

  it("are the coarser cell's where nothing was observed", () => {
    fc.assert(
      fc.property(rate, (parent) => {
        const value = shrinkRate({ records: 0, observations: 0 }, parent);
        expect(value).toBeCloseTo(parent, 12);
      }),
    );
  });

  it.each([
    [{ records: 0, observations: 0 }, 0, 0],
    [{ records: 1, observations: 50 }, 0, 1 - Math.exp(-1)],
    [{ records: 0, observations: 50 }, 0.02, 1 - Math.exp(-1)],
    [{ records: 10, observations: 950 }, 0, 1 - Math.exp(-1)],
  ])('give %j under a coarser rate of %d the presence %d', (counts, parent, presence) => {
    expect(presenceOf(shrinkRate(counts, parent))).toBeCloseTo(presence, 12);
  });
});
