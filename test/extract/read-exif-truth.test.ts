import { expect, test } from 'vitest';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { type ExifReading, readExif } from '../../src/extract/read-exif.ts';
import { describeWithSharedData, readShared } from '../helpers/shared-data.ts';

/**
 * Where this reading and exiftool's differ, each with the reason it is meant to. A difference that
 * is not listed fails the test, and so does a listed one that is gone.
 */
const DISAGREEMENTS: Readonly<Record<string, string>> = {
  'animl-py__2021-06-30_SYFR0218_cougar.JPG position':
    'invalid: no N/S/E/W references; the camera writes the bogus 1.0225, 1.0225',
  'animl-py__2021-07-24_SYFR0655_coyote.JPG position': 'invalid: the same camera',
  'goexif__geodegrees_as_string.jpg position':
    'invalid: degrees as text with decimal commas, of which exiftool reads 52° 0′ 50″ for 52° 50′',
  'metadata-extractor-images__FLIR_Vue_Pro_640.jpg position': 'null_island',
  'metadata-extractor-images__Samsung_GT-I9000_(Galaxy_S).jpg position': 'null_island',
  'photoprism__image-2011.jpg position': 'null_island',
  'photoprism__buggy_panorama.jpg position': 'out_of_range: 213.64° north',
  'exiv2__issue_1912_poc.jpg dateTimeOriginal':
    'the reference ends with the position: its row is cut off by a NUL of the file',
};

interface Truth {
  readonly file: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly dateTimeOriginal: string | null;
  readonly offsetTimeOriginal: string | null;
  readonly orientation: number;
  readonly gpsDateTime: string | null;
}

function readTruth(): Truth[] {
  const [head = '', ...rows] = Buffer.from(readShared('photos/gps_truth.tsv'))
    .toString('utf8')
    .replaceAll('\0', '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const names = head.split('\t');
  return rows.map((row) => {
    const cells = row.split('\t');
    return toTruth(new Map(names.map((name, n) => [name, cells[n]?.trim() ?? ''])));
  });
}

function toTruth(row: ReadonlyMap<string, string>): Truth {
  const cell = (name: string) => row.get(name) ?? '';
  const number = (name: string) => (cell(name) === '' ? null : Number(cell(name)));
  const [date, time] = [cell('gps_date'), cell('gps_time_utc')];
  const stated = number('orientation') ?? 1;
  return {
    file: cell('file'),
    latitude: number('latitude'),
    longitude: number('longitude'),
    dateTimeOriginal: toIso(cell('datetime_original')),
    offsetTimeOriginal: cell('offset') || null,
    // 0 is no orientation; exiftool shows it as it stands.
    orientation: stated === 0 ? 1 : stated,
    gpsDateTime: date && time ? new Date(`${toIso(`${date} ${time}`)}Z`).toISOString() : null,
  };
}

function toIso(dateTime: string): string | null {
  return dateTime === '' ? null : dateTime.replace(/^(\d+):(\d+):(\d+) /, '$1-$2-$3T');
}

function findDisagreements(truth: Truth, reading: ExifReading): string[] {
  const near = (a: number | null, b: number | null) =>
    a === null || b === null ? a === b : Math.abs(a - b) <= 1e-6;
  const agrees = {
    position: near(truth.latitude, reading.latitude) && near(truth.longitude, reading.longitude),
    // exiftool's DateTimeOriginal is without the fraction of a second, which has a tag of its own.
    dateTimeOriginal: truth.dateTimeOriginal === (reading.dateTimeOriginal?.slice(0, 19) ?? null),
    offsetTimeOriginal: truth.offsetTimeOriginal === reading.offsetTimeOriginal,
    orientation: truth.orientation === reading.orientation,
    gpsDateTime: truth.gpsDateTime === (reading.gpsDateTime?.toISOString() ?? null),
  };
  return Object.entries(agrees).flatMap(([field, same]) => (same ? [] : `${truth.file} ${field}`));
}

describeWithSharedData('readExif against exiftool 12.57', () => {
  test('agrees on every photo, except where a disagreement is listed with its reason', async () => {
    const truths = readTruth();
    const found: string[] = [];
    for (const truth of truths) {
      const bytes = readShared(`photos/gps/${truth.file}`);
      const format = identifyFormat(bytes) ?? 'jpeg';
      found.push(...findDisagreements(truth, await readExif(bytes, format)));
    }
    expect(truths).toHaveLength(78);
    expect(found.sort()).toEqual(Object.keys(DISAGREEMENTS).sort());
  });

  test('refuses each refused position for the reason listed', async () => {
    const refused = Object.entries(DISAGREEMENTS).filter(([key]) => key.endsWith(' position'));
    for (const [key, reason] of refused) {
      const bytes = readShared(`photos/gps/${key.replace(/ position$/, '')}`);
      const { positionProblem } = await readExif(bytes, 'jpeg');
      expect([key, positionProblem]).toEqual([key, reason.split(':')[0]]);
    }
  });

  test('takes no position from XMP', async () => {
    const bytes = readShared('photos/gps/exiv2__exiv2-bug540.jpg');
    expect(await readExif(bytes, 'jpeg')).toMatchObject({ latitude: null, positionProblem: null });
  });

  test('tells 0/0, which Nikon writes without a fix, from a position that is not there', async () => {
    const nikon = readShared('photos/gps/metadata-extractor-images__Nikon_D5000.jpg');
    expect((await readExif(nikon, 'jpeg')).positionProblem).toBe('invalid');
  });
});
