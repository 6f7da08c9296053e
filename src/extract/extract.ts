import { createHash } from 'node:crypto';
import { latLngToCell } from 'h3-js';
import type { InHand, PhotoFacts } from '../domain/in-hand.ts';
import { type Fault, fault } from '../domain/outcome.ts';
import type { ImageFormat, Photo, PhotoMetadata } from '../domain/photo.ts';
import { PHOTO_CELL_RESOLUTION } from '../domain/region.ts';
import type { ByteBudget, ByteLoan } from '../flow/byte-budget.ts';
import { mapConcurrently } from '../flow/map-concurrently.ts';
import { FetchFault, type PhotoSource } from '../ports.ts';
import { identifyFormat } from './identify-format.ts';
import { locatePhoto } from './locate-photo.ts';
import { readExif } from './read-exif.ts';
import { resolveCaptureTime } from './resolve-capture-time.ts';

/** A photo's bytes with what they are. */
export interface Extracted {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** Of the bytes: they are there until it is released, where they have been decoded. */
  readonly loan: ByteLoan;
}

/** Bounds and rules of the stage. */
export interface ExtractOptions {
  readonly fetchConcurrency: number;
  readonly locationRequired: boolean;
  /** Asked here for the size listed. */
  readonly budget: ByteBudget;
}

/** Fetches each photo and reads what its bytes say: format, time, position. */
export function extract(
  photos: AsyncIterable<Photo>,
  source: PhotoSource,
  options: ExtractOptions,
): AsyncGenerator<InHand<Extracted>> {
  const concurrency = Math.min(options.fetchConcurrency, source.parallelism);
  return mapConcurrently(photos, concurrency, async (photo) => {
    const loan = await options.budget.acquire(photo.size);
    const extracted = await extractPhoto(photo, source, loan, options);
    if (!extracted.outcome.ok) loan.release();
    return extracted;
  });
}

async function extractPhoto(
  photo: Photo,
  source: PhotoSource,
  loan: ByteLoan,
  { locationRequired }: ExtractOptions,
): Promise<InHand<Extracted>> {
  const unread: PhotoFacts = { photo, metadata: null, size: null, contentSha256: null, cell: null };
  let bytes: Uint8Array;
  try {
    bytes = await source.fetch(photo, loan.room);
  } catch (error) {
    if (error instanceof FetchFault) return { ...unread, outcome: error.fault };
    loan.release();
    throw error;
  }
  const contentSha256 = createHash('sha256').update(bytes).digest();
  if (bytes.length === 0) {
    const empty = fault('IMAGE_EMPTY', 'Expected a picture but the object has 0 bytes');
    return { ...unread, contentSha256, outcome: empty };
  }
  const format = identifyFormat(bytes);
  if (!format) return { ...unread, contentSha256, outcome: unknownFormat(bytes) };
  const metadata = await readMetadata(bytes, format);
  const { position } = metadata;
  const cell = position
    ? latLngToCell(position.latitude, position.longitude, PHOTO_CELL_RESOLUTION)
    : null;
  const facts: PhotoFacts = { photo, metadata, size: null, contentSha256, cell };
  if (locationRequired && !position) return { ...facts, outcome: noLocation(metadata) };
  return { ...facts, outcome: { ok: true, bytes, format, loan } };
}

/** Everything the bytes say about the photo; what they do not say is null, never guessed. */
async function readMetadata(bytes: Uint8Array, format: ImageFormat): Promise<PhotoMetadata> {
  const reading = await readExif(bytes, format);
  const { position, locationStatus, positionProblem } = locatePhoto(reading);
  return {
    format,
    position,
    locationStatus,
    positionProblem,
    captureTime: resolveCaptureTime(reading, position),
    orientation: reading.orientation,
    cameraMake: reading.cameraMake,
    cameraModel: reading.cameraModel,
  };
}

function unknownFormat(bytes: Uint8Array): Fault {
  const start = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  return fault(
    'FORMAT_UNKNOWN',
    `Expected a picture but the object starts with the bytes ${start}`,
  );
}

function noLocation({ locationStatus }: PhotoMetadata): Fault {
  const found = locationStatus === 'none' ? 'none' : `an unusable one (${locationStatus})`;
  return fault(
    'LOCATION_MISSING',
    `Expected a position, as the job says location: required, but the photo has ${found}`,
  );
}
