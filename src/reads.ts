import type { Label } from './domain/taxonomy.ts';

/** A model version, as readers name and filter by it. */
export interface ReadableModel {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly labels: readonly Label[];
  /** Whether the alias `production` points at it. */
  readonly production: boolean;
}

/** West, south, east, north in degrees; west of a greater longitude than east: over the date line. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** Which predictions are meant; null stands for any, and all of them must hold. */
export interface PredictionFilter {
  readonly modelVersionIds: readonly number[];
  readonly labels: readonly string[] | null;
  /** The camera's clock, `YYYY-MM-DDTHH:MM:SS`; `to` itself is not in. */
  readonly from: string | null;
  readonly to: string | null;
  /** 0–1. */
  readonly minScore: number | null;
  readonly decisions: readonly string[] | null;
  readonly run: string | null;
  readonly source: string | null;
  /** Beginning of the key: the folder of a camera. */
  readonly keyPrefix: string | null;
  readonly box: Box | null;
  /** An H3 cell of resolution 2–7. */
  readonly cell: string | null;
}

/** What a reader may not be told exactly; both empty for one who may be told everything. */
export interface Privacy {
  /** Labels of sensitive species, of any model. */
  readonly labels: readonly string[];
  /**
   * Cells of resolution 5 where these were ever seen, for searching: whatever was photographed there is
   * told coarsely, as the database has it in the moment of the answer.
   */
  readonly areas: readonly string[];
}

/** Where a page ended. */
export interface PredictionCursor {
  /** As the database writes it, `-infinity` for unknown. */
  readonly time: string;
  readonly photo: string;
  /** Model version: a photo may have an answer of several. */
  readonly model: string;
}

/** Where and when a photo was taken, as the database has it: exact. */
export interface PhotoPlace {
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** H3, resolution 7. */
  readonly cell: string | null;
  /** H3, resolution 5. */
  readonly area: string | null;
  /** Whether this reader is told the area alone. */
  readonly coarse: boolean;
}

/** A prediction with its photo, as the database has it. */
export interface PredictionRow extends PhotoPlace {
  readonly photoId: string;
  readonly source: string;
  readonly key: string;
  readonly capturedAt: string | null;
  readonly capturedLocal: string | null;
  readonly utcOffset: string | null;
  readonly locationStatus: string | null;
  readonly label: string;
  readonly commonName: string | null;
  readonly rank: string;
  readonly score: number;
  readonly decision: string;
  readonly visionLabel: string;
  readonly visionScore: number;
  readonly presence: number | null;
  readonly visionPresence: number | null;
  readonly model: string;
  readonly regions: string | null;
  readonly run: string;
  readonly predictedAt: string;
  /** Of the region's word; tells about where the photo was taken. */
  readonly regionCell: string | null;
  readonly positionTime: string;
  readonly positionModel: string;
}

/** Which photos without an answer are meant; null stands for any. */
export interface FailureFilter {
  readonly modelVersionId: number;
  /** The run that rejected last. */
  readonly run: string | null;
  readonly source: string | null;
  readonly keyPrefix: string | null;
}

/** A photo that was rejected and has no prediction by the same model version. */
export interface FailureRow {
  readonly photoId: string;
  readonly key: string;
  readonly code: string;
  readonly message: string;
}

/** What one model version says of a photo, with its evidence. */
export interface Evidence {
  readonly model: string;
  readonly production: boolean;
  readonly label: string;
  readonly commonName: string | null;
  readonly rank: string;
  readonly score: number;
  readonly decision: string;
  readonly visionLabel: string;
  readonly visionScore: number;
  readonly presence: number | null;
  readonly visionPresence: number | null;
  readonly fusion: string;
  readonly regions: string | null;
  readonly regionCell: string | null;
  readonly regionMonth: number | null;
  readonly run: string;
  readonly predictedAt: string;
  /** At most 20, the highest first; before the region was asked. */
  readonly rawScores: { label: string; commonName: string | null; score: number }[];
}

/** Why a model version has no answer for a photo. */
export interface PhotoReject {
  readonly model: string;
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly final: boolean;
  readonly run: string;
  readonly lastRejectedAt: string;
}

/** A photo version with everything that is known of it, as the database has it. */
export interface PhotoRow extends PhotoPlace {
  readonly photoId: string;
  readonly source: string;
  readonly key: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: string;
  readonly supersededAt: string | null;
  readonly format: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly capturedAt: string | null;
  readonly capturedLocal: string | null;
  readonly utcOffset: string | null;
  readonly utcOffsetSource: string | null;
  readonly locationStatus: string | null;
  readonly cameraMake: string | null;
  readonly cameraModel: string | null;
  readonly predictions: Evidence[];
  readonly rejects: PhotoReject[];
}

/** What counts can tell apart. */
export const COUNT_DIMENSIONS = ['day', 'label', 'decision', 'area', 'source'] as const;
export type CountDimension = (typeof COUNT_DIMENSIONS)[number];
/** How wide a day of the counts may be. */
export const DAY_WIDTHS = ['day', 'week', 'month', 'year'] as const;
export type DayWidth = (typeof DAY_WIDTHS)[number];

/** Which counts are meant; null stands for any. */
export interface CountFilter {
  readonly modelVersionIds: readonly number[];
  readonly labels: readonly string[] | null;
  /** `YYYY-MM-DD`, both of them in. */
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  readonly decisions: readonly string[] | null;
  readonly source: string | null;
  readonly areas: readonly string[] | null;
}

/** Photos that have in common what was told apart; the rest is null. */
export interface CountRow {
  readonly day: string | null;
  readonly label: string | null;
  readonly commonName: string | null;
  readonly rank: string | null;
  readonly decision: string | null;
  readonly area: string | null;
  readonly source: string | null;
  readonly photos: number;
  readonly meanScore: number;
}

/** What was seen of one label. */
export interface SeenLabel {
  readonly label: string;
  readonly commonName: string | null;
  readonly rank: string;
  readonly photos: number;
  readonly meanScore: number;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

/** A run as its row has it. */
export interface RunRow {
  readonly run: string;
  readonly job: string;
  readonly kind: string;
  readonly status: string;
  readonly skipReason: string | null;
  readonly trigger: string;
  readonly logicalTime: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly source: string | null;
  readonly model: string | null;
  readonly regions: string | null;
  readonly listed: number | null;
  readonly alreadyDone: number | null;
  readonly planned: number | null;
  readonly predicted: number | null;
  readonly rejected: number | null;
  readonly pending: number | null;
  readonly seconds: number | null;
  readonly photosPerSecond: number | null;
  readonly attempts: number;
  readonly error: string | null;
}

/** Which runs are meant; null stands for any. */
export interface RunFilter {
  readonly job: string | null;
  readonly status: string | null;
  readonly kind: string | null;
}

/** What the API and exports read. Nothing is written, and all positions are exact: see `privacy/`. */
export interface Reads {
  listModels(): Promise<ReadableModel[]>;
  /** The newest photos first. @param privacy decides what is `coarse`, and what a box or a cell finds */
  listPredictions(
    filter: PredictionFilter,
    privacy: Privacy,
    page: { readonly after: PredictionCursor | null; readonly limit: number },
  ): Promise<PredictionRow[]>;
  /** In the order of the photos. @param after the last photo of the page before; null: the first page */
  listFailures(filter: FailureFilter, after: string | null, limit: number): Promise<FailureRow[]>;
  /** Every source that a model version ever worked on. */
  listModelSources(modelVersionId: number): Promise<string[]>;
  findPhoto(id: string, privacy: Privacy): Promise<PhotoRow | null>;
  /** By day, then the most frequent first. */
  countPredictions(
    filter: CountFilter,
    by: {
      readonly dimensions: readonly CountDimension[];
      readonly width: DayWidth;
      /** Of areas: 2–5. */
      readonly resolution: number;
    },
    limit: number,
  ): Promise<CountRow[]>;
  listSeenLabels(modelVersionIds: readonly number[]): Promise<SeenLabel[]>;
  /** Cells of resolution 5 where photos were ever given any of the labels; null: any at all. */
  listAreas(labels: readonly string[] | null): Promise<string[]>;
  listRuns(filter: RunFilter, before: string | null, limit: number): Promise<RunRow[]>;
  findRun(run: string): Promise<RunRow | null>;
}
