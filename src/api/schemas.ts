import * as z from 'zod';

const time = z.iso.datetime({ offset: true });
const share = z.number().min(0).max(1);

const place = {
  latitude: z
    .number()
    .min(-90)
    .max(90)
    .nullable()
    .describe('Degrees; of a coarse place the middle of its cell'),
  longitude: z.number().min(-180).max(180).nullable(),
  cell: z.string().nullable().describe('H3: resolution 7, or 5 (0.1–0.2°) of a coarse place'),
  precision: z
    .enum(['exact', 'area'])
    .nullable()
    .describe(
      '`area`: a sensitive species, or taken where one lives; a key with read:precise is told all',
    ),
};

const taken = {
  capturedAt: time.nullable().describe('Null where the zone of the camera’s clock is unknown'),
  capturedLocal: z.string().nullable().describe('The camera’s clock, without a zone'),
  utcOffset: z.string().nullable(),
};

export const predictionSchema = z
  .object({
    photoId: z.string(),
    source: z.string(),
    key: z.string(),
    ...taken,
    ...place,
    locationStatus: z.string().nullable(),
    label: z.string().describe('Scientific name, at the rank that holds; or blank, human, …'),
    commonName: z.string().nullable(),
    rank: z.string(),
    score: share,
    decision: z
      .string()
      .describe(
        'Why this answer: vision, region_weighted, region_demoted, rolled_up:RANK, blank, unknown',
      ),
    visionLabel: z.string().describe('What the picture alone said'),
    visionScore: share,
    presence: share
      .nullable()
      .describe('Of the label there and then; null where the region has nothing to say'),
    visionPresence: share.nullable(),
    model: z.string(),
    regions: z.string().nullable(),
    run: z.string(),
    predictedAt: time,
  })
  .meta({ id: 'Prediction' });

export const predictionPageSchema = z
  .object({ items: z.array(predictionSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'PredictionPage' });

const evidence = z
  .object({
    model: z.string(),
    production: z.boolean(),
    label: z.string(),
    commonName: z.string().nullable(),
    rank: z.string(),
    score: share,
    decision: z.string(),
    visionLabel: z.string(),
    visionScore: share,
    presence: share.nullable(),
    visionPresence: share.nullable(),
    fusion: z.string(),
    regions: z.string().nullable(),
    regionCell: z.string().nullable(),
    regionMonth: z.int().min(0).max(12).nullable(),
    run: z.string(),
    predictedAt: time,
    rawScores: z
      .array(z.object({ label: z.string(), commonName: z.string().nullable(), score: share }))
      .describe('The picture alone; at most 20, the highest first'),
  })
  .meta({ id: 'Evidence' });

const reject = {
  model: z.string(),
  stage: z.string(),
  code: z.string(),
  message: z.string(),
  attempts: z.int(),
  final: z.boolean(),
  run: z.string(),
  lastRejectedAt: time,
};

export const photoSchema = z
  .object({
    photoId: z.string(),
    source: z.string(),
    key: z.string(),
    etag: z.string(),
    size: z.number().describe('Bytes'),
    lastModified: time,
    supersededAt: time
      .nullable()
      .describe('When a newer version was listed; null for the current one'),
    format: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    ...taken,
    utcOffsetSource: z.string().nullable(),
    ...place,
    locationStatus: z.string().nullable(),
    cameraMake: z.string().nullable(),
    cameraModel: z.string().nullable(),
    predictions: z.array(evidence),
    rejects: z.array(z.object(reject)),
  })
  .meta({ id: 'Photo' });

export const speciesSchema = z
  .object({
    items: z.array(
      z.object({
        label: z.string(),
        commonName: z.string().nullable(),
        rank: z.string(),
        photos: z.int(),
        meanScore: share,
        firstDay: z.string().nullable(),
        lastDay: z.string().nullable(),
        sensitive: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Species' });

export const runSchema = z
  .object({
    run: z.string(),
    job: z.string(),
    kind: z.string(),
    status: z.string(),
    skipReason: z.string().nullable(),
    trigger: z.string(),
    logicalTime: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    source: z.string().nullable(),
    model: z.string().nullable(),
    regions: z.string().nullable(),
    listed: z.number().nullable(),
    alreadyDone: z.number().nullable(),
    planned: z.number().nullable(),
    predicted: z.number().nullable(),
    rejected: z.number().nullable(),
    pending: z.number().nullable(),
    seconds: z.number().nullable(),
    photosPerSecond: z.number().nullable(),
    attempts: z.int(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Run' });

export const runPageSchema = z
  .object({ items: z.array(runSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'RunPage' });

export const rejectPageSchema = z
  .object({
    items: z.array(
      z.object({
        photoId: z.string(),
        source: z.string(),
        key: z.string(),
        ...reject,
        firstRejectedAt: time,
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'RejectPage' });

export const countsSchema = z
  .object({
    items: z.array(
      z.object({
        day: z.string().nullable().optional(),
        label: z.string().optional(),
        commonName: z.string().nullable().optional(),
        rank: z.string().optional(),
        decision: z.string().optional(),
        area: z
          .string()
          .nullable()
          .optional()
          .describe('H3 cell of the resolution asked for; null without a position'),
        latitude: z.number().nullable().optional().describe('The middle of the area'),
        longitude: z.number().nullable().optional(),
        source: z.string().optional(),
        photos: z.int(),
        meanScore: share,
      }),
    ),
  })
  .meta({ id: 'Counts' });

export const modelsSchema = z
  .object({
    items: z.array(
      z.object({ name: z.string(), version: z.string(), production: z.boolean(), labels: z.int() }),
    ),
  })
  .meta({ id: 'Models' });

export const placeSchema = z
  .object({
    snapshot: z.string(),
    cell: z.string(),
    resolution: z.int(),
    month: z.int(),
    observations: z.number(),
    surveyed: z
      .boolean()
      .describe(
        'False: too little was ever observed there, which is not to say that nothing lives there',
      ),
    taxa: z.array(z.object({ taxon: z.string(), presence: share })),
  })
  .meta({ id: 'Place' });
