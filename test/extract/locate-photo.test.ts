import { describe, expect, test } from 'vitest';
import type { PositionProblem } from '../../src/domain/photo.ts';
import { locatePhoto, type PhotoLocation } from '../../src/extract/locate-photo.ts';

const READ = { latitude: -33.5, longitude: 25.25, positionProblem: null };
const NOTHING = { latitude: null, longitude: null, positionProblem: null };
const refused = (positionProblem: PositionProblem) => ({ ...NOTHING, positionProblem });
const CAMERA = { latitude: 12.5, longitude: -1 };
const own = { latitude: -33.5, longitude: 25.25 };

describe('locatePhoto', () => {
  test.each<[string, typeof READ | typeof NOTHING, typeof CAMERA | null, PhotoLocation]>([
    ['EXIF before the deployment', READ, CAMERA, at(own, 'exif')],
    ['EXIF without a deployment', READ, null, at(own, 'exif')],
    ['the deployment where EXIF has none', NOTHING, CAMERA, at(CAMERA, 'deployment')],
    ['nothing', NOTHING, null, at(null, 'none')],
    ['EXIF on the equator', { ...READ, latitude: 0 }, CAMERA, at({ ...own, latitude: 0 }, 'exif')],
    [
      'a deployment at 0, 0, which someone wrote',
      NOTHING,
      { latitude: 0, longitude: 0 },
      at({ latitude: 0, longitude: 0 }, 'deployment'),
    ],
  ])('%s', (_, reading, deployment, expected) => {
    expect(locatePhoto(reading, deployment)).toEqual(expected);
  });

  test.each<PositionProblem>(['null_island', 'out_of_range', 'invalid'])(
    'a position refused as %s falls to the deployment, and is recorded there too',
    (problem) => {
      expect(locatePhoto(refused(problem), CAMERA)).toEqual(at(CAMERA, 'deployment', problem));
      expect(locatePhoto(refused(problem), null)).toEqual(at(null, problem, problem));
      expect(locatePhoto(refused(problem))).toEqual(at(null, problem, problem));
    },
  );

  test('takes of a deployment its position alone', () => {
    const deployment = { ...CAMERA, zone: 'Africa/Accra' };
    expect(locatePhoto(NOTHING, deployment).position).toEqual(CAMERA);
  });
});

function at(
  position: PhotoLocation['position'],
  locationStatus: PhotoLocation['locationStatus'],
  positionProblem: PositionProblem | null = null,
): PhotoLocation {
  return { position, locationStatus, positionProblem };
}
