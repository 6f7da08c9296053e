import { getResolution, isValidCell } from 'h3-js';
import * as z from 'zod';
import { SCOPES } from '../domain/scope.ts';
import { RANKS } from '../domain/taxonomy.ts';
import type { Box } from '../reads.ts';

/** Rows of a page: a page is made in one go. */
export const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

/** Every decision that a prediction may have, for filters; `rolled_up` stands for all of its ranks. */
const ROLLED_UP = RANKS.map((rank) => `rolled_up:${rank}`);
export const DECISIONS = [
  'vision',
  'region_weighted',
  'region_masked',
  'region_demoted',
  'blank',
  'human',
  'vehicle',
  'other',
  'unknown',
];

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/;

/** A list in one parameter, or the parameter more than once. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) =>
      value === undefined
        ? undefined
        : [value].flat().flatMap((part) => (typeof part === 'string' ? part.split(',') : [part])),
    z.array(item).min(1).max(50).optional(),
  );

/** A time of the camera's clock, without a zone; a day stands for its midnight. */
export const localTime = z
  .string()
  .refine((text) => LOCAL.test(text) && !Number.isNaN(Date.parse(`${text.slice(0, 10)}T00:00Z`)), {
    error:
      'Expected a day or a time of the camera’s clock, without a zone, like 2026-03-01 or 2026-03-01T18:00',
  });

export const day = z.string().refine((text) => DAY.test(text) && !Number.isNaN(Date.parse(text)), {
  error: 'Expected a day like 2026-03-01',
});

/** `west,south,east,north`, as in GeoJSON. */
export const box = z.string().transform((text, context): Box => {
  const [west = NaN, south = NaN, east = NaN, north = NaN, ...more] = text.split(',').map(Number);
  const good =
    more.length === 0 &&
    Math.abs(west) <= 180 &&
    Math.abs(east) <= 180 &&
    south >= -90 &&
    north <= 90 &&
    south <= north;
  if (good) return [west, south, east, north];
  context.addIssue('Expected west,south,east,north in degrees, like 16.2,-25.1,32.9,-21.4');
  return z.NEVER;
});

export const cell = z
  .string()
  .refine((text) => isValidCell(text) && getResolution(text) >= 2 && getResolution(text) <= 7, {
    error: 'Expected an H3 cell of resolution 2 to 7, like 85bd0b6ffffffff',
  });

export const decisions = listOf(
  z.enum([...DECISIONS, 'rolled_up', ...ROLLED_UP] as [string, ...string[]]),
);

/** All decisions that are meant: `rolled_up` is six. */
export function expandDecisions(asked: readonly string[] | undefined): string[] | null {
  return asked?.flatMap((one) => (one === 'rolled_up' ? ROLLED_UP : [one])) ?? null;
}

export const taxa = listOf(z.string().trim().min(1).max(200)).describe(
  'Scientific names at any rank, separated by commas: a species, or a genus, family, order or class with all below it',
);
export const modelRef = z
  .string()
  .max(200)
  .optional()
  .describe('NAME or NAME@VERSION; default: those in production');
export const id = z.string().regex(/^\d{1,18}$/, 'Expected a number');
export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(MAX_PAGE)
  .default(DEFAULT_PAGE)
  .describe(`Rows of the page, at most ${MAX_PAGE}`);
export const cursor = z.string().max(200).optional().describe('`nextCursor` of the page before');
export const score = z.coerce.number().min(0).max(1);
export const scopes = z.array(z.enum(SCOPES));

/** What begins where a page ended, as text that nobody has to understand. */
export function toCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @returns null where it is no cursor of so many parts */
export function fromCursor(text: string, parts: number): string[] | null {
  try {
    const found: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const good =
      Array.isArray(found) && found.length === parts && found.every((p) => typeof p === 'string');
    return good ? found : null;
  } catch {
    return null;
  }
}
