import { REJECT_CODES } from '../domain/outcome.ts';
import type { PhotoResult } from '../ports.ts';

/** A row for `photos`: what the bytes said. */
export function toPhotoRow(result: PhotoResult) {
  const { metadata, size } = result;
  return {
    photo_id: result.photo.id,
    format: metadata?.format ?? null,
    width: size?.width ?? null,
    height: size?.height ?? null,
    orientation: metadata?.orientation ?? null,
    captured_at: metadata?.captureTime.capturedAt?.toISOString() ?? null,
    captured_local: metadata?.captureTime.local ?? null,
    utc_offset: metadata?.captureTime.utcOffset ?? null,
    utc_offset_source: metadata?.captureTime.offsetSource ?? null,
    latitude: metadata?.position?.latitude ?? null,
    longitude: metadata?.position?.longitude ?? null,
    location_status: metadata?.locationStatus ?? null,
    position_problem: metadata?.positionProblem ?? null,
    cell: result.cell,
    camera_make: metadata?.cameraMake ?? null,
    camera_model: metadata?.cameraModel ?? null,
    content_sha256: result.contentSha256 && Buffer.from(result.contentSha256).toString('hex'),
  };
}

/** Rows for `predictions`, for the photos of a batch that have one. */
export function toPredictionRows(results: readonly PhotoResult[]) {
  return results.flatMap(({ photo, metadata, cell, outcome }) => {
    if (!outcome.ok) return [];
    const { prediction } = outcome;
    const taken = metadata?.captureTime;
    return [
      {
        photo_id: photo.id,
        label: prediction.label,
        common_name: prediction.commonName,
        rank: prediction.rank,
        score: prediction.score,
        decision: prediction.decision,
        vision_label: prediction.visionLabel,
        vision_score: prediction.visionScore,
        presence: prediction.presence,
        vision_presence: prediction.visionPresence,
        region_cell: prediction.regionCell,
        region_month: prediction.regionMonth,
        fusion: prediction.fusion,
        raw_labels: prediction.rawScores.map(({ index }) => index),
        raw_scores: prediction.rawScores.map(({ score }) => score),
        captured: taken?.local ?? taken?.capturedAt?.toISOString().slice(0, -1) ?? null,
        cell,
      },
    ];
  });
}

/** Rows for `rejects`, for the photos of a batch that have a fault. */
export function toRejectRows(results: readonly PhotoResult[]) {
  return results.flatMap(({ photo, outcome }) => {
    if (outcome.ok) return [];
    const { stage, code, message } = outcome;
    // PostgreSQL takes any character in text but NUL, which broken files put into messages.
    return [
      {
        photo_id: photo.id,
        stage,
        code,
        message: message.replaceAll('\0', ''),
        final: REJECT_CODES[code].final,
      },
    ];
  });
}
