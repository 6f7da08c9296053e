import type { LocationStatus, Position, PositionProblem } from '../domain/photo.ts';
import type { ExifPosition } from './parse-exif-position.ts';

/** Where a photo was taken, as far as can be told. */
export interface PhotoLocation {
  readonly position: Position | null;
  readonly locationStatus: LocationStatus;
  /** Why EXIF's position was refused, also where the deployment's took its place. */
  readonly positionProblem: PositionProblem | null;
}

/**
 * Puts a photo on the location ladder:
 *
 * 1. `exif`: the position its own EXIF states and that is believable;
 * 2. `deployment`: else where its camera stood, if that is known;
 * 3. else nowhere: the reason EXIF's position was refused, or `none` where there was none.
 *
 * @param reading from `readExif`
 * @param deployment the camera's position, taken as it is; null or missing when unknown
 */
export function locatePhoto(reading: ExifPosition, deployment?: Position | null): PhotoLocation {
  const { latitude, longitude, positionProblem } = reading;
  if (latitude !== null && longitude !== null) {
    return { position: { latitude, longitude }, locationStatus: 'exif', positionProblem: null };
  }
  if (deployment) {
    const position = { latitude: deployment.latitude, longitude: deployment.longitude };
    return { position, locationStatus: 'deployment', positionProblem };
  }
  return { position: null, locationStatus: positionProblem ?? 'none', positionProblem };
}
