import { getResolution, isValidCell } from 'h3-js';
import * as z from 'zod';
import { SCOPES } from '../domain/scope.ts';
import { BOX_EXAMPLE, parseBox } from '../filter/box.ts';
import { DECISIONS } from '../filter/decisions.ts';
import type { Box } from '../reads.ts';
import { Problem } from './problem.ts';

/** Rows of a page: a page is made in one go. */
export const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/;
const NUMBER = /^[+-]?\d{1,20}(\.\d{1,20})?$/;
/** Times as the database writes them into a cursor. */
const POSITION_TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?([+-]\d{2}(:\d{2}){0,2})?$/;

/** No parameters: one that is not known is a mistake, which must not change what is answered unseen. */
export const none = z.strictObject({});

/** A number in plain decimals: an empty text is none, where JavaScript takes it for 0. */
const plain = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (text) => (typeof text === 'string' && NUMBER.test(text) ? Number(text) : text),
    schema,
  );

export const number = (min: number, max: number) => plain(z.number().min(min).max(max));
export const integer = (min: number, max: number) => plain(z.int().min(min).max(max));
/** One of some numbers. */
export const oneOf = <const T extends readonly number[]>(values: T) =>
  plain(z.literal([...values]));

/** Whether a time of a calendar is one: no 30th of February, no 25th hour. */
function isRealTime(text: string): boolean {
  const [date = '', time = '00:00'] = text.split('T');
  const whole = `${date}T${time.length === 5 ? `${time}:00` : time}`;
  const parsed = new Date(`${whole}Z`);
  return date > '0001' && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(whole);
}

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
export const localTime = z.string().refine((text) => LOCAL.test(text) && isRealTime(text), {
  error:
    'Expected a day or a time of the camera’s clock, without a zone, like 2026-03-01 or 2026-03-01T18:00',
});

export const day = z.string().refine((text) => DAY.test(text) && isRealTime(text), {
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
export const limit = integer(1, MAX_PAGE)
  .default(DEFAULT_PAGE)
  .describe(`Rows of the page, at most ${MAX_PAGE}`);
export const cursor = z.string().max(200).optional().describe('`nextCursor` of the page before');
export const score = number(0, 1);
export const scopes = z.array(z.enum(SCOPES));

/** What begins where a page ended, as text that nobody has to understand. */
export function toCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** What a part of a cursor may be. */
export type CursorPart = (text: string) => boolean;
export const isId: CursorPart = (text) => /^\d{1,18}$/.test(text);
export const isSmallId: CursorPart = (text) => /^\d{1,9}$/.test(text);
export const isTime: CursorPart = (text) =>
  text === '-infinity' ||
  (POSITION_TIME.test(text) && isRealTime(text.slice(0, 19).replace(' ', 'T')));

/**
 * The parts of a cursor; null for none, the first page.
 *
 * @throws Problem 400 for anything that `toCursor` never made
 */
export function fromCursor(
  text: string | undefined,
  parts: readonly CursorPart[],
): string[] | null {
  if (text === undefined) return null;
  const found = decodeCursor(text);
  const good =
    Array.isArray(found) &&
    found.length === parts.length &&
    parts.every((isGood, n) => typeof found[n] === 'string' && isGood(found[n]));
  if (good) return found;
  throw new Problem(
    400,
    'Expected the nextCursor of a page before but received something else for cursor.',
  );
}

function decodeCursor(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
}
