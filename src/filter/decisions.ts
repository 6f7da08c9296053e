import type { Decision } from '../domain/prediction.ts';
import { RANKS } from '../domain/taxonomy.ts';

const ROLLED_UP = RANKS.map((rank) => `rolled_up:${rank}` as const);
const PLAIN = {
  vision: true,
  region_weighted: true,
  region_masked: true,
  region_demoted: true,
  blank: true,
  human: true,
  vehicle: true,
  other: true,
  unknown: true,
} as const satisfies Record<Exclude<Decision, `rolled_up:${string}`>, true>;

/** Every word for a decision that a filter may name; `rolled_up` stands for all of its ranks. */
export const DECISIONS: readonly string[] = [...Object.keys(PLAIN), 'rolled_up', ...ROLLED_UP];

/** All decisions that are meant: `rolled_up` is six. @returns null where none were asked for */
export function expandDecisions(asked: readonly string[] | undefined): string[] | null {
  return asked?.flatMap((one) => (one === 'rolled_up' ? ROLLED_UP : [one])) ?? null;
}
