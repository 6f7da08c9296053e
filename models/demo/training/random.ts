/** A seeded source of random numbers: the same seed always draws the same picture. */
export type Random = {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [from, to). */
  range(from: number, to: number): number;
  /** A whole number in [from, to], both included. */
  int(from: number, to: number): number;
  /** One of the items, each as likely. */
  pick<T>(items: readonly T[]): T;
  /** True with the given probability, 0–1. */
  chance(probability: number): boolean;
  /** Normal with mean 0 and standard deviation 1 (Box–Muller). */
  gaussian(): number;
};

/** Creates a {@link Random} from a 32-bit seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const range = (from: number, to: number) => from + (to - from) * next();
  return {
    next,
    range,
    int: (from, to) => Math.floor(range(from, to + 1)),
    pick: (items) => {
      if (items.length === 0) throw new RangeError('Expected something to pick from');
      return items[Math.floor(next() * items.length)]!;
    },
    chance: (probability) => next() < probability,
    gaussian: () =>
      Math.sqrt(-2 * Math.log(next() + Number.EPSILON)) * Math.cos(2 * Math.PI * next()),
  };
}
