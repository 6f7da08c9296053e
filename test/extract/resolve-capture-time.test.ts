import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OffsetSource } from '../../src/domain/photo.ts';
import { resolveCaptureTime } from '../../src/extract/resolve-capture-time.ts';
import { formatOffset, zoneOffsetAt, zoneOffsetAtLocal } from '../../src/extract/zone-offset.ts';

const NOTHING = { dateTimeOriginal: null, offsetTimeOriginal: null, gpsDateTime: null };
const LOCAL = '2024-07-01T12:00:00';
const UNKNOWN = { local: null, utcOffset: null, offsetSource: null, capturedAt: null };
const BERLIN = { latitude: 52.52, longitude: 13.4 };
const taken = { ...NOTHING, dateTimeOriginal: LOCAL };
const utc = (iso: string) => new Date(`${iso}Z`);

describe('resolveCaptureTime takes the offset from the first source that has one', () => {
  const full = { ...taken, offsetTimeOriginal: '+05:45', gpsDateTime: utc('2024-07-01T04:00:00') };
  test.each<
    [
      string,
      Partial<typeof full>,
      typeof BERLIN | null,
      string | null,
      string | null,
      OffsetSource | null,
    ]
  >([
    ['EXIF', {}, BERLIN, 'Africa/Nairobi', '+05:45', 'exif'],
    ['GPS', { offsetTimeOriginal: undefined }, BERLIN, 'Africa/Nairobi', '+08:00', 'gps'],
    [
      'the deployment',
      { offsetTimeOriginal: undefined, gpsDateTime: undefined },
      BERLIN,
      'Africa/Nairobi',
      '+03:00',
      'deployment',
    ],
    [
      'the position',
      { offsetTimeOriginal: undefined, gpsDateTime: undefined },
      BERLIN,
      null,
      '+02:00',
      'position',
    ],
    ['nothing', { offsetTimeOriginal: undefined, gpsDateTime: undefined }, null, null, null, null],
  ])('%s', (_, change, position, zone, utcOffset, offsetSource) => {
    const reading = {
      dateTimeOriginal: LOCAL,
      offsetTimeOriginal: 'offsetTimeOriginal' in change ? null : full.offsetTimeOriginal,
      gpsDateTime: 'gpsDateTime' in change ? null : full.gpsDateTime,
    };
    expect(resolveCaptureTime(reading, position, zone)).toEqual({
      local: LOCAL,
      utcOffset,
      offsetSource,
      capturedAt: utcOffset === null ? null : new Date(`${LOCAL}${utcOffset}`),
    });
  });

  test('keeps the local time and claims no instant where nothing tells the offset', () => {
    expect(resolveCaptureTime(taken, null)).toEqual({ ...UNKNOWN, local: LOCAL });
  });

  test('keeps milliseconds', () => {
    const reading = { ...taken, dateTimeOriginal: `${LOCAL}.123`, offsetTimeOriginal: '-03:30' };
    expect(resolveCaptureTime(reading, null).capturedAt).toEqual(utc('2024-07-01T15:30:00.123'));
  });
});

describe('resolveCaptureTime believes GPS time', () => {
  test.each<[string, string, string | null]>([
    ['exactly on UTC', '2024-07-01T12:00:00', '+00:00'],
    ['a minute and a half off', '2024-07-01T07:58:30', '+04:00'],
    ['2 minutes off, the most', '2024-07-01T08:02:00', '+04:00'],
    ['2 minutes and a second off', '2024-07-01T08:02:01', null],
    ['2 minutes off on the other side', '2024-07-01T07:58:00', '+04:00'],
    ['2 minutes and a second off on the other side', '2024-07-01T07:57:59', null],
    ['halfway between two quarters', '2024-07-01T07:52:30', null],
    ['on Nepal’s offset', '2024-07-01T06:15:00', '+05:45'],
    ['+14 hours, the most', '2024-06-30T22:00:00', '+14:00'],
    ['beyond +14 hours', '2024-06-30T21:45:00', null],
    ['−12 hours, the least', '2024-07-02T00:00:00', '-12:00'],
    ['beyond −12 hours', '2024-07-02T00:15:00', null],
    ['a day off', '2024-07-02T10:00:00', null],
  ])('%s', (_, gps, utcOffset) => {
    const { utcOffset: found, offsetSource } = resolveCaptureTime(
      { ...taken, gpsDateTime: utc(gps) },
      null,
    );
    expect([found, offsetSource]).toEqual([utcOffset, utcOffset === null ? null : 'gps']);
  });

  test('so that the instant is within 2 minutes of GPS’s whatever the camera’s clock said', () => {
    const times = fc.date({
      min: utc('2000-01-01T00:00:00'),
      max: utc('2040-01-01T00:00:00'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: -20 * 3600, max: 20 * 3600 }),
        (gpsDateTime, seconds) => {
          const clock = new Date(gpsDateTime.getTime() + seconds * 1000);
          const reading = {
            ...NOTHING,
            dateTimeOriginal: clock.toISOString().slice(0, -1),
            gpsDateTime,
          };
          const { capturedAt } = resolveCaptureTime(reading, null);
          const offBy = capturedAt === null ? 0 : capturedAt.getTime() - gpsDateTime.getTime();
          expect(Math.abs(offBy)).toBeLessThanOrEqual(120_000);
        },
      ),
    );
  });

  test('not over a deployment when it is a day off, as some cameras write it', () => {
    const reading = { ...taken, gpsDateTime: utc('2024-07-02T10:00:00') };
    expect(resolveCaptureTime(reading, BERLIN).offsetSource).toBe('position');
  });
});

describe('resolveCaptureTime without DateTimeOriginal', () => {
  const gpsDateTime = utc('2024-01-10T21:15:33.519');
  const reading = { ...NOTHING, gpsDateTime };

  test('gives GPS’s instant with the offset of the place, and no local time', () => {
    const denver = { latitude: 39.115, longitude: -108.4 };
    const expected = { local: null, utcOffset: '-07:00', capturedAt: gpsDateTime };
    expect(resolveCaptureTime(reading, denver)).toEqual({ ...expected, offsetSource: 'position' });
    expect(resolveCaptureTime(reading, BERLIN, 'America/Denver')).toEqual({
      ...expected,
      offsetSource: 'deployment',
    });
  });

  test('keeps the instant where the offset is unknown, and claims no offset, UTC least of all', () => {
    expect(resolveCaptureTime(reading, null)).toEqual({ ...UNKNOWN, capturedAt: gpsDateTime });
  });

  test('claims nothing where there is no GPS time either', () => {
    const offsetAlone = { ...NOTHING, offsetTimeOriginal: '+02:00' };
    expect(resolveCaptureTime(offsetAlone, BERLIN, 'Europe/Berlin')).toEqual(UNKNOWN);
  });
});

describe('zone offsets', () => {
  test.each([
    ['Europe/Berlin', '2024-01-15T12:00:00', '+01:00'],
    ['Europe/Berlin', '2024-07-15T12:00:00', '+02:00'],
    // Clocks go from 02:00 to 03:00 on 31 March.
    ['Europe/Berlin', '2024-03-31T01:59:59', '+01:00'],
    ['Europe/Berlin', '2024-03-31T02:30:00', '+01:00'],
    ['Europe/Berlin', '2024-03-31T03:00:00', '+02:00'],
    // 02:00 to 03:00 occurs twice on 27 October: the first counts.
    ['Europe/Berlin', '2024-10-27T01:59:59', '+02:00'],
    ['Europe/Berlin', '2024-10-27T02:30:00', '+02:00'],
    ['Europe/Berlin', '2024-10-27T03:00:00', '+01:00'],
    ['America/Los_Angeles', '2024-11-03T01:30:00', '-07:00'],
    ['America/Los_Angeles', '2024-11-03T02:00:00', '-08:00'],
    ['Australia/Lord_Howe', '2024-01-15T12:00:00', '+11:00'],
    ['Australia/Lord_Howe', '2024-07-15T12:00:00', '+10:30'],
    ['Asia/Kathmandu', '2024-07-15T12:00:00', '+05:45'],
    ['America/St_Johns', '2024-01-15T12:00:00', '-03:30'],
    ['Pacific/Kiritimati', '2024-01-15T12:00:00', '+14:00'],
    ['Etc/GMT+12', '2024-01-15T12:00:00', '-12:00'],
    ['Etc/UTC', '2024-01-15T12:00:00', '+00:00'],
    // Samoa skipped 30 December 2011 altogether.
    ['Pacific/Apia', '2011-12-29T12:00:00', '-10:00'],
    ['Pacific/Apia', '2011-12-31T12:00:00', '+14:00'],
  ])('%s at %s is %s', (zone, local, offset) => {
    expect(formatOffset(zoneOffsetAtLocal(zone, local))).toBe(offset);
  });

  test('a local time that occurs once leads back to itself', () => {
    const zones = [
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'Africa/Casablanca',
    ];
    const times = fc.date({
      min: utc('1985-01-01T00:00:00'),
      max: utc('2035-01-01T00:00:00'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(fc.constantFrom(...zones), times, (zone, instant) => {
        const offset = zoneOffsetAt(zone, instant);
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const found = zoneOffsetAtLocal(zone, local);
        // In the hour that occurs twice the earlier instant is found, which has the larger offset.
        const earlier = new Date(Date.parse(`${local}Z`) - found * 60_000);
        expect(zoneOffsetAt(zone, earlier)).toBe(found);
        expect(found).toBeGreaterThanOrEqual(offset);
      }),
    );
  });

  test('a zone that does not exist is refused', () => {
    expect(() => zoneOffsetAt('Europe/Atlantis', new Date(0))).toThrow(RangeError);
  });
});
