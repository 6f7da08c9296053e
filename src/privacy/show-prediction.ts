import type { Evidence, PhotoRow, PredictionRow } from '../reads.ts';
import { type ShownPlace, showCell, showPlace } from './show-place.ts';

/** A prediction as a reader may be told it. */
export type ShownPrediction = Omit<
  PredictionRow,
  'area' | 'coarse' | 'positionTime' | keyof ShownPlace
> &
  ShownPlace;

/** A photo as a reader may be told it. */
export type ShownPhoto = Omit<PhotoRow, 'area' | 'coarse' | keyof ShownPlace> & ShownPlace;

/** Coarsens a prediction's position where this reader is not told it exactly. */
export function showPrediction(row: PredictionRow): ShownPrediction {
  const { area, coarse, positionTime, ...prediction } = row;
  return { ...prediction, ...showPlace(row) };
}

/** Coarsens a photo's position, and the region's cells, where this reader is not told them exactly. */
export function showPhoto(row: PhotoRow): ShownPhoto {
  const { area, coarse, predictions, ...photo } = row;
  const shown = predictions.map((one: Evidence) => ({
    ...one,
    regionCell: showCell(one.regionCell, coarse),
  }));
  return { ...photo, ...showPlace(row), predictions: shown };
}
