import { describe, expect, test } from 'vitest';
import { readExif } from '../../src/extract/read-exif.ts';
import { describeWithSharedData, readShared } from '../helpers/shared-data.ts';
import { buildTiff, jpegWith, type TextTags, wrapInJpeg } from './build-exif.ts';

const NORTH_EAST: TextTags = {
  GPSLatitudeRef: 'N',
  GPSLatitude: '33/1 30/1 3600/100',
  GPSLongitudeRef: 'E',
  GPSLongitude: '70/1 15/1 0/1',
};
const without = (tags: TextTags, ...names: string[]): TextTags =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => !names.includes(name)));
const ZERO = '0/1 0/1 0/1';

describe('readExif believes a position that is stated in full', () => {
  test.each<[string, TextTags, number, number]>([
    ['north and east', {}, 33.51, 70.25],
    ['south', { GPSLatitudeRef: 'S' }, -33.51, 70.25],
    ['west', { GPSLongitudeRef: 'W' }, 33.51, -70.25],
    ['south and west', { GPSLatitudeRef: 'S', GPSLongitudeRef: 'W' }, -33.51, -70.25],
    ['lower-case references', { GPSLatitudeRef: 's', GPSLongitudeRef: 'w' }, -33.51, -70.25],
    ['the equator', { GPSLatitude: ZERO }, 0, 70.25],
    ['the equator as south', { GPSLatitude: ZERO, GPSLatitudeRef: 'S' }, 0, 70.25],
    ['the prime meridian', { GPSLongitude: ZERO }, 33.51, 0],
    ['the pole', { GPSLatitude: '90/1 0/1 0/1' }, 90, 70.25],
    ['the date line', { GPSLongitude: '180/1 0/1 0/1', GPSLongitudeRef: 'W' }, 33.51, -180],
    ['decimal minutes', { GPSLatitude: '33/1 306/10 0/1' }, 33.51, 70.25],
  ])('%s', async (_, change, latitude, longitude) => {
    const reading = await readExif(await jpegWith({ ...NORTH_EAST, ...change }), 'jpeg');
    expect(reading.latitude).toBeCloseTo(latitude, 9);
    expect(reading.longitude).toBeCloseTo(longitude, 9);
    expect(Object.is(reading.latitude, -0)).toBe(false);
    expect(reading).toMatchObject({ positionProblem: null, metadataProblem: null });
  });
});

describe('readExif refuses a position and says why', () => {
  test.each<[string, TextTags, string | null]>([
    ['0, 0', { ...NORTH_EAST, GPSLatitude: ZERO, GPSLongitude: ZERO }, 'null_island'],
    ['200° north', { ...NORTH_EAST, GPSLatitude: '200/1 0/1 0/1' }, 'out_of_range'],
    ['a second beyond the pole', { ...NORTH_EAST, GPSLatitude: '90/1 0/1 1/1' }, 'out_of_range'],
    ['181° east', { ...NORTH_EAST, GPSLongitude: '181/1 0/1 0/1' }, 'out_of_range'],
    ['0/0 throughout', { ...NORTH_EAST, GPSLatitude: '0/0 0/0 0/0' }, 'invalid'],
    ['one zero denominator', { ...NORTH_EAST, GPSLatitude: '33/1 30/0 0/1' }, 'invalid'],
    ['0/0 seconds', { ...NORTH_EAST, GPSLongitude: '70/1 15/1 0/0' }, 'invalid'],
    ['no references', without(NORTH_EAST, 'GPSLatitudeRef', 'GPSLongitudeRef'), 'invalid'],
    ['no latitude reference', without(NORTH_EAST, 'GPSLatitudeRef'), 'invalid'],
    ['a blank reference', { ...NORTH_EAST, GPSLongitudeRef: ' ' }, 'invalid'],
    ['references of the other axis', { ...NORTH_EAST, GPSLatitudeRef: 'E' }, 'invalid'],
    ['an unknown reference', { ...NORTH_EAST, GPSLatitudeRef: 'X' }, 'invalid'],
    ['latitude alone', without(NORTH_EAST, 'GPSLongitude', 'GPSLongitudeRef'), 'invalid'],
    ['references alone', { GPSLatitudeRef: 'N', GPSLongitudeRef: 'E' }, null],
    ['no position', { GPSDateStamp: '2024:01:02' }, null],
  ])('%s', async (_, gps, positionProblem) => {
    const reading = await readExif(await jpegWith(gps), 'jpeg');
    expect(reading).toMatchObject({ latitude: null, longitude: null, positionProblem });
  });
});

describe('readExif reads the time of capture', () => {
  const D = 'DateTimeOriginal';
  test.each<[string, TextTags, string | null, string | null]>([
    ['plain', { [D]: '2024:05:06 07:08:09' }, '2024-05-06T07:08:09', null],
    ['29 February', { [D]: '2024:02:29 00:00:00' }, '2024-02-29T00:00:00', null],
    ['29 February of no leap year', { [D]: '2023:02:29 00:00:00' }, null, null],
    ['31 April', { [D]: '2023:04:31 00:00:00' }, null, null],
    ['zeros', { [D]: '0000:00:00 00:00:00' }, null, null],
    ['blanks', { [D]: '    :  :     :  :  ' }, null, null],
    ['month 13', { [D]: '2024:13:01 00:00:00' }, null, null],
    ['24 o’clock', { [D]: '2024:05:06 24:00:00' }, null, null],
    ['dashes', { [D]: '2024-05-06 07:08:09' }, '2024-05-06T07:08:09', null],
    ['date alone', { [D]: '2024:05:06' }, null, null],
    [
      'half a second',
      { [D]: '2024:05:06 07:08:09', SubSecTimeOriginal: '5' },
      '2024-05-06T07:08:09.500',
      null,
    ],
    [
      'microseconds are cut, not rounded',
      { [D]: '2024:05:06 07:08:09', SubSecTimeOriginal: '999999' },
      '2024-05-06T07:08:09.999',
      null,
    ],
    [
      'offset',
      { [D]: '2024:05:06 07:08:09', OffsetTimeOriginal: '+05:45' },
      '2024-05-06T07:08:09',
      '+05:45',
    ],
    [
      'digitized instead',
      { DateTimeDigitized: '2024:05:06 07:08:09' },
      '2024-05-06T07:08:09',
      null,
    ],
    [
      'digitized instead of zeros, with its own offset and fraction',
      {
        [D]: '0000:00:00 00:00:00',
        SubSecTimeOriginal: '111',
        OffsetTimeOriginal: '+01:00',
        DateTimeDigitized: '2024:05:06 07:08:09',
        SubSecTimeDigitized: '22',
        OffsetTimeDigitized: '-03:30',
      },
      '2024-05-06T07:08:09.220',
      '-03:30',
    ],
    [
      'original before digitized',
      { [D]: '2024:05:06 07:08:09', DateTimeDigitized: '2025:01:01 00:00:00' },
      '2024-05-06T07:08:09',
      null,
    ],
  ])('%s', async (_, exif, dateTimeOriginal, offsetTimeOriginal) => {
    const reading = await readExif(await jpegWith({}, exif), 'jpeg');
    expect(reading).toMatchObject({ dateTimeOriginal, offsetTimeOriginal });
  });

  test('a ModifyDate is no time of capture', async () => {
    const bytes = await jpegWith({}, {}, { DateTime: '2024:05:06 07:08:09' });
    expect((await readExif(bytes, 'jpeg')).dateTimeOriginal).toBeNull();
  });

  test.each([
    ['+14:00', '+14:00'],
    ['+14:15', null],
    ['-12:00', '-12:00'],
    ['-12:15', null],
    ['-00:00', '+00:00'],
    ['-00:30', '-00:30'],
    ['Z', '+00:00'],
    ['+0200', '+02:00'],
    ['+02:60', null],
    ['   :  ', null],
    ['02:00', null],
    ['EST', null],
  ])('offset %s reads as %s', async (stated, offsetTimeOriginal) => {
    const bytes = await jpegWith({}, { OffsetTimeOriginal: stated });
    expect((await readExif(bytes, 'jpeg')).offsetTimeOriginal).toBe(offsetTimeOriginal);
  });

  test.each([
    ['2024:05:06', '7/1 8/1 9/1', '2024-05-06T07:08:09.000Z'],
    ['2024:05:06', '7/1 8/1 9321/1000', '2024-05-06T07:08:09.321Z'],
    ['2024-05-06', '7/1 8/1 9/1', '2024-05-06T07:08:09.000Z'],
    ['2016:12:31', '23/1 59/1 60/1', '2017-01-01T00:00:00.000Z'],
    ['2024:02:30', '7/1 8/1 9/1', undefined],
    ['2024:05:06', '25/1 0/1 0/1', undefined],
    ['2024:05:06', '7/1 8/0 9/1', undefined],
    ['1970:01:01', '0/1 0/1 0/1', undefined],
    ['0000:00:00', '0/1 0/1 0/1', undefined],
  ])('GPS date %s with time %s is %s', async (GPSDateStamp, GPSTimeStamp, instant) => {
    const reading = await readExif(await jpegWith({ GPSDateStamp, GPSTimeStamp }), 'jpeg');
    expect(reading.gpsDateTime?.toISOString()).toBe(instant);
  });

  test('GPS time without its date is no instant', async () => {
    const bytes = await jpegWith({ GPSTimeStamp: '7/1 8/1 9/1' });
    expect((await readExif(bytes, 'jpeg')).gpsDateTime).toBeNull();
  });
});

describe('readExif cleans what it hands on', () => {
  test.each<[string, string, string | null]>([
    ['spaces', '  RECONYX  ', 'RECONYX'],
    ['control characters', 'a\u0007b\tc', 'a b c'],
    ['nothing but spaces', '   ', null],
    ['300 letters', 'x'.repeat(300), 'x'.repeat(128)],
  ])('a camera name of %s', async (_, Make, cameraMake) => {
    const reading = await readExif(await jpegWith({}, {}, { Make, Model: Make }), 'jpeg');
    expect(reading).toMatchObject({ cameraMake, cameraModel: cameraMake });
  });

  test('a long camera name is cut between characters, not within one', async () => {
    const name = Buffer.from(`x${'🐆'.repeat(300)}`).toString('latin1');
    const entry = { tag: 0x010f, type: 2, count: name.length, value: 100 };
    const bytes = wrapInJpeg(buildTiff(1400, { 8: [entry] }, { 100: name }));
    expect((await readExif(bytes, 'jpeg')).cameraMake).toBe(`x${'🐆'.repeat(127)}`);
  });

  test.each([
    [0, 1],
    [1, 1],
    [6, 6],
    [8, 8],
    [9, 1],
    [65535, 1],
  ])('orientation %i reads as %i', async (value, orientation) => {
    const block = buildTiff(64, { 8: [{ tag: 0x0112, type: 3, count: 1, value }] });
    expect((await readExif(wrapInJpeg(block), 'jpeg')).orientation).toBe(orientation);
  });
});

describe('readExif gets by with what can be read', () => {
  const GPS = 60;
  const entry = (tag: number, type: number, count: number, value: number) => ({
    tag,
    type,
    count,
    value,
  });
  const positionBelow = (broken: ReturnType<typeof entry>) =>
    buildTiff(
      400,
      {
        8: [broken, entry(0x8825, 4, 1, GPS)],
        [GPS]: [
          entry(1, 2, 2, 'N'.charCodeAt(0)),
          entry(2, 5, 3, 200),
          entry(3, 2, 2, 'W'.charCodeAt(0)),
          entry(4, 5, 3, 240),
        ],
      },
      { 200: [33, 1, 30, 1, 0, 1], 240: [70, 1, 15, 1, 0, 1] },
    );

  test('a camera name that lies outside the block costs neither the position nor silence', async () => {
    const bytes = wrapInJpeg(positionBelow(entry(0x010f, 2, 40, 60_000)));
    const reading = await readExif(bytes, 'jpeg');
    expect(reading).toMatchObject({ latitude: 33.5, longitude: -70.25, positionProblem: null });
    expect(reading.metadataProblem).toMatch(/offset/);
  });

  test('a photo without EXIF has no problem, and no position', async () => {
    const bytes = Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 2]);
    expect(await readExif(bytes, 'jpeg')).toEqual({
      latitude: null,
      longitude: null,
      positionProblem: null,
      dateTimeOriginal: null,
      offsetTimeOriginal: null,
      gpsDateTime: null,
      orientation: 1,
      cameraMake: null,
      cameraModel: null,
      metadataProblem: null,
    });
  });

  test('BigTIFF is said to be unread instead of being misread', async () => {
    const bytes = Uint8Array.from(Buffer.from('II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0', 'latin1'));
    const reading = await readExif(bytes, 'tiff');
    expect(reading.metadataProblem).toMatch(/BigTIFF/);
  });

  test('the same reading whether a photo has its buffer alone or shares it', async () => {
    const bytes = await jpegWith(NORTH_EAST, { DateTimeOriginal: '2024:05:06 07:08:09' });
    const shared = new Uint8Array(bytes.length + 20).fill(0x41);
    shared.set(bytes, 7);
    const view = shared.subarray(7, 7 + bytes.length);
    expect(await readExif(view, 'jpeg')).toEqual(await readExif(bytes, 'jpeg'));
  });
});

describeWithSharedData('readExif on real photos', () => {
  test('reads plain JPEGs in about a tenth of a millisecond each', async () => {
    const names = [
      'photoprism__elephants.jpg',
      'exif-samples__DSCN0010.jpg',
      'node-exif__test3.jpg',
    ];
    const photos = names.map((name) => readShared(`photos/gps/${name}`));
    const rounds = 300;
    for (const photo of photos) await readExif(photo, 'jpeg');
    const start = performance.now();
    for (let n = 0; n < rounds; n++) for (const photo of photos) await readExif(photo, 'jpeg');
    const eachMs = (performance.now() - start) / (rounds * photos.length);
    // Ten times what it takes, so that a busy machine passes and a scan of the whole file does not.
    expect(eachMs).toBeLessThan(2);
  });
});
