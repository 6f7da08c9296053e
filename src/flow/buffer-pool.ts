/**
 * Memory that is used again: the system gives out new memory page by page and clears each one, which for a
 * photo's bytes takes as long as to read them, and garbage that large has V8 collect far more often.
 */
export class BufferPool<Memory extends ArrayBufferLike> {
  readonly #allocate: (bytes: number) => Memory;
  readonly #maxIdleBytes: number;
  readonly #idle: Memory[] = [];
  #idleBytes = 0;

  /**
   * @param allocate new memory; what is in it does not matter
   * @param maxIdleBytes what may be kept while nobody uses it; the rest is left to the collector
   */
  constructor(allocate: (bytes: number) => Memory, maxIdleBytes: number) {
    this.#allocate = allocate;
    this.#maxIdleBytes = maxIdleBytes;
  }

  /** Room of exactly so many bytes, with anything in it: the smallest there is that they fit into. */
  take(bytes: number): Uint8Array<Memory> {
    let best = -1;
    for (const [at, { byteLength }] of this.#idle.entries()) {
      const isBetter = best === -1 || byteLength < (this.#idle[best] as Memory).byteLength;
      if (byteLength >= bytes && isBetter) best = at;
    }
    if (best !== -1) return new Uint8Array(this.#remove(best), 0, bytes);
    // In the place of one that is too small: there are never more than are in use at the same time.
    if (this.#idle.length > 0) this.#remove(this.#idle.length - 1);
    return new Uint8Array(this.#allocate(Math.ceil(bytes / STEP) * STEP), 0, bytes);
  }

  /** Takes back what `take` gave; it must not be used afterwards. */
  giveBack({ buffer }: Uint8Array<Memory>): void {
    if (this.#idleBytes + buffer.byteLength > this.#maxIdleBytes) return;
    this.#idle.push(buffer);
    this.#idleBytes += buffer.byteLength;
  }

  #remove(at: number): Memory {
    const [room] = this.#idle.splice(at, 1) as [Memory];
    this.#idleBytes -= room.byteLength;
    return room;
  }
}

/** Photos of about the same size fit into each other's room. */
const STEP = 64 * 1024;
