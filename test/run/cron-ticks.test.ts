import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastTick, nextTick } from '../../src/run/cron-ticks.ts';

const utc = (text: string) => new Date(`${text}Z`);
const MINUTE = 60_000;

/** The ticks from one instant, included, to another, as `HH:MM` of UTC. */
function listTicks(schedule: string, timezone: string, from: Date, to: Date): string[] {
  const ticks: string[] = [];
  let tick = nextTick({ schedule, timezone }, new Date(from.getTime() - 1));
  while (tick < to) {
    ticks.push(tick.toISOString().slice(11, 16));
    tick = nextTick({ schedule, timezone }, tick);
  }
  return ticks;
}

describe('in Brussels on 2026-03-29, when 02:00 is followed by 03:00 (01:00 UTC)', () => {
  const ticks = (schedule: string) =>
    listTicks(schedule, 'Europe/Brussels', utc('2026-03-28T23:00'), utc('2026-03-29T03:00'));

  test.each([
    ['30 2 * * *', ['01:00'], 'a skipped time ticks as the clock jumps'],
    ['0 2 * * *', ['01:00'], 'so does the first minute that is skipped'],
    ['15,45 2 * * *', ['01:00'], 'two skipped times tick once'],
    ['30 2 29 3 *', ['01:00'], 'also once a year'],
    ['30 1 * * *', ['00:30'], 'the hour before is as ever'],
    ['0 3 * * *', ['01:00'], 'so is the hour after'],
    ['30 1-4 * * *', ['00:30', '01:00', '01:30', '02:30'], 'each named time ticks'],
    ['0 */2 * * *', ['23:00', '01:00', '02:00'], 'every second hour names times as well'],
    ['0 * * * *', ['23:00', '00:00', '01:00', '02:00'], 'every hour that passes, once'],
    ['30 0-23 * * *', ['23:30', '00:30', '01:30', '02:30'], 'however it is written'],
    [
      '*/30 * * * *',
      ['23:00', '23:30', '00:00', '00:30', '01:00', '01:30', '02:00', '02:30'],
      'every half hour that passes, once',
    ],
  ])('%s ticks at %j UTC: %s', (schedule, expected) => {
    expect(ticks(schedule)).toEqual(expected);
  });
});

describe('in Brussels on 2026-10-25, when 02:00 to 03:00 comes twice (from 00:00 and from 01:00 UTC)', () => {
  const ticks = (schedule: string) =>
    listTicks(schedule, 'Europe/Brussels', utc('2026-10-24T22:00'), utc('2026-10-25T03:00'));

  test.each([
    ['30 2 * * *', ['00:30'], 'a time that comes twice ticks the first time'],
    ['0 2 * * *', ['00:00'], 'so does the first minute of it'],
    ['*/20 2 * * *', ['00:00', '00:20', '00:40'], 'so do several'],
    ['30 2 25 10 *', ['00:30'], 'also once a year'],
    ['0 3 * * *', ['02:00'], 'the hour after is as ever'],
    ['30 1-4 * * *', ['23:30', '00:30', '02:30'], 'each named time ticks once'],
    ['0 * * * *', ['22:00', '23:00', '00:00', '01:00', '02:00'], 'every hour that passes'],
    [
      '*/30 * * * *',
      '22:00 22:30 23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30'.split(' '),
      'every half hour that passes',
    ],
  ])('%s ticks at %j UTC: %s', (schedule, expected) => {
    expect(ticks(schedule)).toEqual(expected);
  });
});

describe('where clocks are set by half an hour, or at midnight', () => {
  test.each([
    // Lord Howe, 2026-10-04: 02:00 is followed by 02:30 (15:30 UTC).
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T14:00', ['15:30']],
    ['30 2 * * *', 'Australia/Lord_Howe', '2026-10-03T14:00', ['15:30']],
    [
      '*/30 * * * *',
      'Australia/Lord_Howe',
      '2026-10-03T14:30',
      ['14:30', '15:00', '15:30', '16:00', '16:30'],
    ],
    // Lord Howe, 2026-04-05: 01:30 to 02:00 comes twice (from 14:30 and from 15:00 UTC).
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T14:00', ['14:45']],
    [
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:30',
      ['14:30', '14:45', '15:00', '15:15', '15:30', '15:45', '16:00', '16:15', '16:30', '16:45'],
    ],
    ['0 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:00', ['14:00', '15:30']],
    // Havana: midnight is followed by 01:00 (05:00 UTC), and comes twice in autumn (04:00 and 05:00 UTC).
    ['0 0 * * *', 'America/Havana', '2026-03-08T04:00', ['05:00']],
    ['0 0 * * 0', 'America/Havana', '2026-03-08T04:00', ['05:00']],
    ['0 0 * * *', 'America/Havana', '2026-11-01T03:00', ['04:00']],
    // Samoa had no 30 December 2011 (10:00 UTC).
    ['0 2 30 12 *', 'Pacific/Apia', '2011-12-30T09:00', ['10:00']],
    ['0 2 * * *', 'Asia/Kolkata', '2026-03-28T19:00', ['20:30']],
  ])('%s in %s from %s ticks at %j UTC', (schedule, timezone, from, expected) => {
    const to = new Date(utc(from).getTime() + 2.5 * 3_600_000);
    expect(listTicks(schedule, timezone, utc(from), to).slice(0, expected.length + 1)).toEqual(
      expected,
    );
  });
});

describe.each([
  'UTC',
  'Europe/Brussels',
  'America/Havana',
  'Australia/Lord_Howe',
  'America/St_Johns',
])('through a year in %s', (timezone) => {
  const [from, to] = [utc('2026-01-01T00:00'), utc('2027-01-01T00:00')];

  test.each(['30 2 * * *', '0 0 * * *', '15 1 * * *', '45 1 * * *'])(
    '%s ticks once a day',
    (schedule) => {
      expect(listTicks(schedule, timezone, from, to)).toHaveLength(365);
    },
  );

  test('an hourly job in a zone of whole hours ticks every hour', () => {
    const halfHours = timezone === 'Australia/Lord_Howe';
    const hours = listTicks('0 * * * *', timezone, from, to).length;
    expect(hours).toBe(halfHours ? 8759 : 8760);
  });

  test('the last tick is the same whatever instant one begins to look from', () => {
    const minute = fc.integer({ min: 0, max: 365 * 1440 });
    const schedule = fc.constantFrom(
      '30 2 * * *',
      '0 */3 * * *',
      '*/20 1-2 * * *',
      '10 * * * *',
      '0 1 * * 1',
    );
    fc.assert(
      fc.property(minute, minute, schedule, (a, b, cron) => {
        const cadence = { schedule: cron, timezone };
        const [since, until] = [Math.min(a, b), Math.max(a, b)].map(
          (n) => new Date(from.getTime() + n * MINUTE),
        ) as [Date, Date];
        const last = lastTick(cadence, since, until);
        const next = nextTick(cadence, last ?? since);
        expect(next > until).toBe(true);
        if (last) {
          expect(last > since && last <= until).toBe(true);
          expect(nextTick(cadence, new Date(last.getTime() - 1))).toEqual(last);
        }
      }),
      { numRuns: 100 },
    );
  });
});
