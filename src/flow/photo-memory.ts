import { BufferPool } from './buffer-pool.ts';

/** Memory for photos on their way, which a run's shards use one after the other. */
export interface PhotoMemory {
  /** For files as they are stored. */
  readonly files: BufferPool<ArrayBuffer>;
  /** For pictures in the model's size; threads share it. */
  readonly pictures: BufferPool<SharedArrayBuffer>;
}

/** What a run may keep of each kind while nobody uses it. */
const MAX_IDLE_BYTES = 64 * 2 ** 20;

/** Memory for one run. */
export function createPhotoMemory(): PhotoMemory {
  return {
    files: new BufferPool(allocateUncleared, MAX_IDLE_BYTES),
    pictures: new BufferPool((bytes) => new SharedArrayBuffer(bytes), MAX_IDLE_BYTES),
  };
}

/** Of its own, not of Node's shared pool. */
function allocateUncleared(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}
