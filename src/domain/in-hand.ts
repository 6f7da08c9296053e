import type { Fault } from './outcome.ts';
import type { Photo, PhotoMetadata } from './photo.ts';

/** What is known of a photo so far, whatever becomes of it. */
export interface PhotoFacts {
  readonly photo: Photo;
  /** Null where the bytes were never read. */
  readonly metadata: PhotoMetadata | null;
  /** Pixels as a person sees them; null where the picture was never decoded. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** SHA-256 of the bytes; null where they were never read. */
  readonly contentSha256: Uint8Array | null;
  /** H3 cell at resolution 7; null without a position. */
  readonly cell: string | null;
}

/** A photo between two stages: its facts, and either what the next stage needs or its fault. */
export type InHand<T> = PhotoFacts & { readonly outcome: ({ readonly ok: true } & T) | Fault };
