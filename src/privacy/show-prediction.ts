import { getResolution } from 'h3-js';
import type { Evidence, PhotoRow, PredictionRow } from '../reads.ts';
import { AREA_RESOLUTION, type ShownPlace, showCell, showPlace } from './show-place.ts';

/** A prediction as a reader may be told it. */
export type ShownPrediction = Omit<
  PredictionRow,
  'area' | 'coarse' | 'regionCell' | 'positionTime' | 'positionModel' | keyof ShownPlace
> &
  ShownPlace;

/** A photo as a reader may be told it. */
export type ShownPhoto = Omit<PhotoRow, 'area' | 'coarse' | keyof ShownPlace> & ShownPlace;

/** Coarsens a prediction's position where this reader is not told it exactly. */
export function showPrediction(row: PredictionRow): ShownPrediction {
  const { area, coarse, regionCell, positionTime, positionModel, ...prediction } = row;
  return { ...prediction, ...showPresence(row, coarse), ...showPlace(row) };
}

/** Coarsens a photo's position, and the region's cells, where this reader is not told them exactly. */
export function showPhoto(row: PhotoRow): ShownPhoto {
  const { area, coarse, predictions, ...photo } = row;
  const shown = predictions.map((one: Evidence) => ({
    ...one,
    ...showPresence(one, coarse),
    regionCell: showCell(one.regionCell, coarse),
  }));
  return { ...photo, ...showPlace(row), predictions: shown };
}

/** A presence in a cell finer than an area tells which of the area's cells it was: not told either. */
function showPresence(
  {
    presence,
    visionPresence,
    regionCell,
  }: Pick<Evidence, 'presence' | 'visionPresence' | 'regionCell'>,
  coarse: boolean,
) {
  const tells = coarse && regionCell !== null && getResolution(regionCell) > AREA_RESOLUTION;
  return tells ? { presence: null, visionPresence: null } : { presence, visionPresence };
}
