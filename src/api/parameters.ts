import { getResolution, isValidCell } from 'h3-js';
import * as z from 'zod';
import { SCOPES } from '../domain/scope.ts';
import { BOX_EXAMPLE, parseBox } from '../filter/box.ts';
import { DECISIONS } from '../filter/decisions.ts';
import type { Box } from '../reads.ts';

/** Rows of a page: a page is made in one go. */
export const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

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
  const found = parseBox(text);
  if (found) return found;
  context.addIssue(`Expected ${BOX_EXAMPLE}`);
  return z.NEVER;
});

export const cell = z
  .string()
  .refine((text) => isValidCell(text) && getResolution(text) >= 2 && getResolution(text) <= 7, {
    error: 'Expected an H3 cell of resolution 2 to 7, like 85bd0b6ffffffff',
  });

export const decisions = listOf(z.enum(DECISIONS as [string, ...string[]]));

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
