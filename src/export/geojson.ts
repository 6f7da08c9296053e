import type { ShownPrediction } from '../privacy/show-prediction.ts';

/** A GeoJSON feature of RFC 7946: a point, or nothing where the photo has no position. */
export function toFeature({ latitude, longitude, ...properties }: ShownPrediction): object {
  const geometry =
    latitude === null || longitude === null
      ? null
      : { type: 'Point', coordinates: [longitude, latitude] };
  return { type: 'Feature', id: properties.photoId, geometry, properties };
}
