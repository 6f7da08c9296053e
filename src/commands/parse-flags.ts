import { NightjarError } from '../domain/errors.ts';

/** Reads a flag's whole number above 0. @throws USAGE */
export function parseCount(flag: string): (value: string) => number {
  return (value) => {
    const count = Number(value);
    if (Number.isSafeInteger(count) && count > 0) return count;
    throw new NightjarError(
      'USAGE',
      `Expected a whole number above 0 for ${flag} but received "${value}".`,
    );
  };
}

/** Reads a flag's instant. @throws USAGE */
export function parseTime(flag: string): (value: string) => Date {
  return (value) => {
    const time = new Date(value);
    if (!Number.isNaN(time.getTime())) return time;
    throw new NightjarError(
      'USAGE',
      `Expected a time like 2026-11-21T02:00:00Z for ${flag} but received "${value}".`,
    );
  };
}

/**
 * Reads a flag's day or clock time, `2026-03-01` or `2026-03-01T18:00`, as if it were UTC. @throws USAGE
 */
export function parseClockTime(flag: string): (value: string) => Date {
  return (value) => {
    const time = new Date(value.includes('T') ? `${value}Z` : value);
    const known = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(value);
    // The engine takes 30 February for 2 March.
    if (known && !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value)) return time;
    throw new NightjarError(
      'USAGE',
      `Expected a day like 2026-03-01, or a time like 2026-03-01T18:00 without a zone, for ${flag} but received "${value}".`,
    );
  };
}

/** Reads a flag's score. @throws USAGE */
export function parseScore(flag: string): (value: string) => number {
  return (value) => {
    const score = value.trim() === '' ? Number.NaN : Number(value);
    if (score >= 0 && score <= 1) return score;
    throw new NightjarError(
      'USAGE',
      `Expected a score from 0 to 1 for ${flag} but received "${value}".`,
    );
  };
}

/** Gathers a flag that may be given several times, or with commas. */
export function collectList(value: string, before: readonly string[] = []): string[] {
  const parts = value.split(',').map((part) => part.trim());
  return [...before, ...parts.filter(Boolean)];
}
