import type { Manifest, TensorMetadata } from '../model/manifest.ts';
import type { PixelBatch } from '../ports.ts';

/** What an inference worker is started with. */
export interface OnnxWorkerData {
  readonly modelPath: string;
  readonly manifest: Manifest;
  readonly labelCount: number;
}

/** One batch for a worker; it works on one at a time. */
export interface OnnxRequest extends PixelBatch {
  /** The model's own output, before the activation; for the trial run. */
  readonly raw?: boolean;
}

/** Asks a worker to end, once it is done with what it has in hand. */
export const CLOSE = 'close';

/** What a worker says: once `ready` or `broken`, then `scores` or `failed` for each batch. */
export type OnnxReply =
  | {
      readonly type: 'ready';
      readonly inputs: readonly TensorMetadata[];
      readonly outputs: readonly TensorMetadata[];
    }
  | { readonly type: 'broken'; readonly message: string }
  | {
      readonly type: 'scores';
      /** The request's own ids, so that nobody's scores can become somebody else's. */
      readonly ids: readonly string[];
      /** `[ids, labels]`, 0–1. */
      readonly scores: Float32Array<ArrayBuffer>;
    }
  | { readonly type: 'failed'; readonly message: string };
