/** WGS 84 position in decimal degrees: latitude −90…90 (south negative), longitude −180…180. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** Why a position in the EXIF was not believed. */
export type PositionProblem = 'null_island' | 'out_of_range' | 'invalid';

/**
 * The rung of the ladder a photo's position stands on: its own EXIF, its camera's deployment, or
 * none; where none holds because the EXIF position was refused, the reason for the refusal.
 */
export type LocationStatus = 'exif' | 'deployment' | 'none' | PositionProblem;

/** Picture formats that are recognised by their bytes, never by the file's name. */
export type ImageFormat =
  | 'jpeg'
  | 'png'
  | 'webp'
  | 'tiff'
  | 'avif'
  | 'gif'
  | 'heic'
  | 'jxl'
  | 'raw';

/** What supplied the offset of `capturedAt` from UTC. */
export type OffsetSource = 'exif' | 'gps' | 'deployment' | 'position';

/** When a photo was taken. EXIF time carries no zone: without an offset only the local time is known. */
export interface CaptureTime {
  /** The camera's clock, `YYYY-MM-DDTHH:MM:SS[.sss]`, no zone; null when the photo does not say. */
  readonly local: string | null;
  /** `±HH:MM`; null when unknown. Never assumed to be UTC. */
  readonly utcOffset: string | null;
  readonly offsetSource: OffsetSource | null;
  /** The instant; null without `utcOffset`, unless GPS stated it and the camera's clock nothing. */
  readonly capturedAt: Date | null;
}

/** What a photo's bytes say about itself, with where it stands on the location ladder. */
export interface PhotoMetadata {
  readonly format: ImageFormat;
  readonly position: Position | null;
  readonly locationStatus: LocationStatus;
  /** Why the EXIF position was refused, also where a deployment's position took its place. */
  readonly positionProblem: PositionProblem | null;
  readonly captureTime: CaptureTime;
  /** EXIF orientation 1–8; 1 when the photo does not say. */
  readonly orientation: number;
  readonly cameraMake: string | null;
  readonly cameraModel: string | null;
}

/** One version of one object of a source: what a listing says. */
export interface ListedPhoto {
  readonly key: string;
  /** Changes whenever the bytes do: S3's ETag, or size and modification time of a file. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
}

/** A listed photo with its row in `photos`. */
export interface Photo extends ListedPhoto {
  readonly id: string;
  readonly source: string;
}
