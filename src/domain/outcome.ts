/** The stage of `src/pipeline.ts` in which a photo's fault was found. */
export type Stage = 'extract' | 'transform' | 'model' | 'load';

/**
 * Every reason a photo can be rejected for: a closed list, each with a line in the README's table.
 * `final` codes are not tried again for this version of the photo; the others stay pending until the
 * attempts of `maxAttempts` are used up.
 */
export const REJECT_CODES = {
  OBJECT_GONE: { stage: 'extract', final: true, meaning: 'listed, but not there when fetched' },
  NAME_NOT_UTF8: { stage: 'extract', final: true, meaning: "a file's name that is not UTF-8" },
  OBJECT_CHANGED: {
    stage: 'extract',
    final: true,
    meaning: 'overwritten between listing and fetching; the new version is pending',
  },
  OBJECT_TOO_LARGE: { stage: 'extract', final: true, meaning: 'more bytes than `maxImageBytes`' },
  FETCH_FAILED: { stage: 'extract', final: false, meaning: 'the source did not deliver the bytes' },
  IMAGE_EMPTY: { stage: 'extract', final: true, meaning: 'zero bytes' },
  FORMAT_UNKNOWN: { stage: 'extract', final: true, meaning: 'the bytes are no picture we know' },
  FORMAT_UNSUPPORTED: {
    stage: 'transform',
    final: true,
    meaning: 'a picture format that is recognised but cannot be decoded (JPEG XL, RAW)',
  },
  LOCATION_MISSING: {
    stage: 'extract',
    final: true,
    meaning: 'no usable position, and the job says `location: required`',
  },
  IMAGE_TRUNCATED: { stage: 'transform', final: true, meaning: 'the picture ends too early' },
  IMAGE_CORRUPT: { stage: 'transform', final: true, meaning: 'the picture does not decode' },
  IMAGE_TOO_LARGE: {
    stage: 'transform',
    final: true,
    meaning: 'more pixels than `maxImagePixels`',
  },
  MODEL_FAILED: { stage: 'model', final: true, meaning: 'the model fails on this very photo' },
  SCORES_INVALID: {
    stage: 'model',
    final: true,
    meaning: 'a score is NaN, infinite or outside 0–1',
  },
  PHOTO_CRASHES_WORKER: {
    stage: 'model',
    final: true,
    meaning: 'the process died with this photo alone in hand',
  },
} as const satisfies Record<string, { stage: Stage; final: boolean; meaning: string }>;

/** A stable, documented reason for a reject. */
export type RejectCode = keyof typeof REJECT_CODES;

/** One photo's fault, as data: it becomes a row in `rejects`. */
export interface Fault {
  readonly ok: false;
  readonly stage: Stage;
  readonly code: RejectCode;
  /** What was expected, what came; for a person. */
  readonly message: string;
}

/** Either the value with its photo, or the photo's fault. A run's fault throws instead. */
export type Outcome<T> = (T & { readonly ok: true }) | Fault;

/** The fault for a code; the stage follows from the code. */
export function fault(code: RejectCode, message: string): Fault {
  return { ok: false, stage: REJECT_CODES[code].stage, code, message };
}
