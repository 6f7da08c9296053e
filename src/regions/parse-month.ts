/** A month, or why there is none to be had. */
export type ParsedMonth =
  | { readonly month: number }
  | { readonly bad: 'date_unreadable' | 'date_impossible' };

const ISO_DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ].*)?)?)?$/;

/**
 * The month 1–12 of an ISO 8601 date, date and time, month or interval, in its own local time; 0 for
 * a year alone and for an interval over more than one month. An interval's end may be shortened
 * (`2019-05-03/09`). Other notations are refused, not guessed at: `05/03/2019` is two dates.
 */
export function parseEventMonth(text: string): ParsedMonth {
  const [startText = '', endText] = text.split('/', 2).map((part) => part.trim());
  const start = parseDate(startText);
  if ('bad' in start) return start;
  if (endText === undefined || endText === '') return { month: start.month };
  const end = parseDate(completeEnd(startText, endText));
  if ('bad' in end) return end;
  return start.year === end.year && start.month === end.month
    ? { month: start.month }
    : { month: 0 };
}

/** The month 1–12 of a column of months, also as `5.00`; 0 where it says 0, "unknown". */
export function parseMonthNumber(text: string): ParsedMonth {
  if (!/^\d{1,2}(\.0*)?$/.test(text)) return { bad: 'date_unreadable' };
  const month = Number(text);
  return month <= 12 ? { month } : { bad: 'date_impossible' };
}

function parseDate(
  text: string,
): { year: number; month: number } | { bad: 'date_unreadable' | 'date_impossible' } {
  const match = ISO_DATE.exec(text);
  if (!match) return { bad: 'date_unreadable' };
  const [, year, month, day] = match;
  if (month === undefined) return { year: Number(year), month: 0 };
  const days = daysIn(Number(year), Number(month));
  const possible = days > 0 && (day === undefined || (Number(day) >= 1 && Number(day) <= days));
  return possible ? { year: Number(year), month: Number(month) } : { bad: 'date_impossible' };
}

/** An interval's end may leave out what it shares with the start: put that in front again. */
function completeEnd(start: string, end: string): string {
  if (/^\d{1,2}-\d{1,2}(?:[T ].*)?$/.test(end)) return `${start.slice(0, 4)}-${end}`;
  if (/^\d{1,2}(?:[T ].*)?$/.test(end)) return `${start.split('-').slice(0, 2).join('-')}-${end}`;
  if (/^\d{1,2}:/.test(end)) return start; // the same day, until another time
  return end;
}

function daysIn(year: number, month: number): number {
  if (month < 1 || month > 12) return 0;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return leap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
