import { describe, expect, it } from 'vitest';
import { parseEventMonth, parseMonthNumber } from '../../src/regions/parse-month.ts';

describe('parseEventMonth', () => {
  it.each([
    ['2019-05-03', 5],
    ['2019-5-3', 5],
    ['2019-12-31T23:59:59Z', 12],
    ['2019-05-03 08:00:00+02', 5],
    ['2019-05', 5],
    ['2019', 0],
    ['2020-02-29', 2],
    ['2000-02-29', 2],
    ['2019-05-03/2019-05-09', 5],
    ['2019-05-03T08:00/2019-05-03T09:00', 5],
    ['2019-05-03/09', 5],
    ['2019-05-03/05-09', 5],
    ['2019-05-03/06-09', 0],
    ['2019-05-03T08:00/09:30', 5],
    ['2019-05-03/', 5],
    ['2019-05/2019-06', 0],
    ['2018-05-03/2019-05-03', 0],
    ['2018/2019', 0],
  ])('reads %s as month %i', (text, month) => {
    expect(parseEventMonth(text)).toEqual({ month });
  });

  it.each([
    ['2019-13-01', 'date_impossible'],
    ['2019-00-01', 'date_impossible'],
    ['2019-02-29', 'date_impossible'],
    ['1900-02-29', 'date_impossible'],
    ['2019-04-31', 'date_impossible'],
    ['2019-05-00', 'date_impossible'],
    ['2019-05-03/2019-05-40', 'date_impossible'],
    ['05/03/2019', 'date_unreadable'],
    ['1556841600', 'date_unreadable'],
    ['May 2019', 'date_unreadable'],
    ['2019-05-03/soon', 'date_unreadable'],
  ])('refuses %s: %s', (text, bad) => {
    expect(parseEventMonth(text)).toEqual({ bad });
  });
});

describe('parseMonthNumber', () => {
  it.each([
    ['1', { month: 1 }],
    ['05', { month: 5 }],
    ['12.00', { month: 12 }],
    ['0', { month: 0 }],
    ['13', { bad: 'date_impossible' }],
    ['5.5', { bad: 'date_unreadable' }],
    ['May', { bad: 'date_unreadable' }],
  ])('reads %s', (text, expected) => {
    expect(parseMonthNumber(text)).toEqual(expected);
  });
});
