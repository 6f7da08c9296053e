/**
 * What counts as done:
 * - `none`: a prediction or a final reject, whoever made it;
 * - `failed`: final rejects of other runs are tried again;
 * - `completed`: predictions of other runs are made again too, and replaced.
 */
export const REPROCESS_MODES = ['none', 'failed', 'completed'] as const;

/** See {@link REPROCESS_MODES}. */
export type Reprocess = (typeof REPROCESS_MODES)[number];

/** The photos a backfill is about, and in which order. */
export interface Selection {
  /** `captured`: the camera's clock; `modified`: when the object was last written, UTC. */
  readonly by: 'captured' | 'modified';
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  /** Newest first. */
  readonly reverse: boolean;
}
