/** Numbers that look random and are the same for the same seed. */
export interface Random {
  readonly seed: number;
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32, by Tommy Ettinger: 32 bits of state, enough to choose faults by. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return { seed, next, between, pick: (from) => from[between(0, from.length - 1)]! };
}

/**
 * A seed of its own for a scenario, told on standard error, so that what went wrong can be made to
 * happen again: `CHAOS_SEED=1234 npm run chaos -- -t 'the name'`.
 */
export function announceSeed(scenario: string): Random {
  const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.error(`chaos: ${scenario}: CHAOS_SEED=${seed}`);
  return seededRandom(seed);
}
