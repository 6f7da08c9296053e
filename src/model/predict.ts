import { messageOf, NightjarError } from '../domain/errors.ts';
import type { InHand } from '../domain/in-hand.ts';
import { type Fault, fault } from '../domain/outcome.ts';
import type { SharedPixels } from '../domain/pixels.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { RegionalFeatures } from '../domain/region.ts';
import type { BufferPool } from '../flow/buffer-pool.ts';
import { mapConcurrently } from '../flow/map-concurrently.ts';
import { type Classifier, ModelRunError, type PixelBatch } from '../ports.ts';
import { settleScores } from './activation.ts';
import { type DecisionRules, decide, keepHighest } from './decide.ts';

/** What the stage takes: pixels in the model's size, and what the place says. */
interface Joined {
  readonly pixels: SharedPixels;
  readonly regional: RegionalFeatures | null;
}

/** Rules of the stage, and where pictures go that were seen. */
export interface PredictOptions extends DecisionRules {
  readonly picturePool: BufferPool<SharedArrayBuffer>;
}

type JoinedPhoto = InHand<Joined>;
type Predicted = InHand<{ readonly prediction: Prediction }>;
type Scored = { readonly ok: true; readonly scores: Float32Array } | Fault;

/**
 * Runs the model over batches and decides each photo. As many batches are under way as the
 * classifier works on at a time; the pipeline reads ahead, so that no worker idles between two.
 */
export function predict(
  batches: AsyncIterable<readonly JoinedPhoto[]>,
  classifier: Classifier,
  options: PredictOptions,
): AsyncGenerator<Predicted[]> {
  return mapConcurrently(batches, classifier.parallelism, (batch) =>
    predictBatch(batch, classifier, options),
  );
}

async function predictBatch(
  batch: readonly JoinedPhoto[],
  classifier: Classifier,
  options: PredictOptions,
): Promise<Predicted[]> {
  const good = batch.filter(({ outcome }) => outcome.ok);
  const scored = await classifyOrBisect(good, classifier);
  for (const { outcome } of good) if (outcome.ok) options.picturePool.giveBack(outcome.pixels);
  const byPhoto = new Map(good.map(({ photo }, row) => [photo.id, scored[row]]));
  return batch.map((photo) => {
    if (!photo.outcome.ok) return { ...photo, outcome: photo.outcome };
    const scores = byPhoto.get(photo.photo.id);
    if (!scores)
      throw new Error(`photo ${photo.photo.id} went into the model and did not come out`);
    return { ...photo, outcome: judge(scores, photo.outcome.regional, options) };
  });
}

function judge(
  scored: Scored,
  regional: RegionalFeatures | null,
  rules: DecisionRules,
): Predicted['outcome'] {
  if (!scored.ok) return scored;
  if (!settleScores(scored.scores)) {
    return fault('SCORES_INVALID', 'Expected scores within 0–1 but the model gave NaN or others');
  }
  return { ok: true, prediction: decide(keepHighest(scored.scores), regional, rules) };
}

/**
 * Scores a batch; when the model fails on it, its halves, down to the photos at fault. When every
 * photo of a larger batch fails by itself, it is the model that is broken, and the run stops.
 */
async function classifyOrBisect(
  photos: readonly JoinedPhoto[],
  classifier: Classifier,
): Promise<Scored[]> {
  const scored = await bisect(photos, classifier);
  const failed = scored.filter(({ ok }) => !ok);
  if (failed.length === scored.length && failed.length >= MIN_BATCH_TO_BLAME_MODEL) {
    const [first] = failed;
    throw new NightjarError(
      'MODEL_FAILED',
      `Expected scores but the model failed on each of ${failed.length} photos: ${first && 'message' in first ? first.message : ''}`,
    );
  }
  return scored;
}

/** Fewer photos than this may all be at fault themselves. */
const MIN_BATCH_TO_BLAME_MODEL = 8;

async function bisect(photos: readonly JoinedPhoto[], classifier: Classifier): Promise<Scored[]> {
  if (photos.length === 0) return [];
  try {
    const rows = await classifier.classify(toPixelBatch(photos));
    return rows.map((scores) => ({ ok: true, scores }));
  } catch (error) {
    if (!(error instanceof ModelRunError)) throw error;
    if (photos.length === 1) {
      return [fault('MODEL_FAILED', `Expected scores but the model failed: ${messageOf(error)}`)];
    }
    const half = Math.ceil(photos.length / 2);
    const left = await bisect(photos.slice(0, half), classifier);
    return [...left, ...(await bisect(photos.slice(half), classifier))];
  }
}

function toPixelBatch(photos: readonly JoinedPhoto[]): PixelBatch {
  const joined = photos.map(({ outcome }) => {
    if (!outcome.ok) throw new Error('a rejected photo has no pixels');
    return outcome;
  });
  return {
    ids: photos.map(({ photo }) => photo.id),
    pixels: joined.map(({ pixels }) => pixels),
    presences: joined.map(({ regional }) => regional?.presence ?? null),
  };
}
