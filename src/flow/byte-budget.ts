import type { BufferPool } from './buffer-pool.ts';

/** A share of a budget, and memory for it. */
export interface ByteLoan {
  /** Room of the bytes asked for; the same whenever it is asked for. */
  room(): Uint8Array;
  /** Gives share and room back, once: the next one to ask gets them. */
  release(): void;
}

/**
 * A bound in bytes on what several steps hold together. First come, first served; something larger
 * than the whole budget is let through alone.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #pool: BufferPool<ArrayBuffer>;
  readonly #waiting: { bytes: number; start: () => void }[] = [];
  #held = 0;

  /**
   * @param limit bytes, above 0
   * @param pool where the memory comes from
   */
  constructor(limit: number, pool: BufferPool<ArrayBuffer>) {
    this.#limit = limit;
    this.#pool = pool;
  }

  /** Resolves when `bytes` fit. */
  async acquire(bytes: number): Promise<ByteLoan> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) this.#held += bytes;
    else await new Promise<void>((start) => this.#waiting.push({ bytes, start }));
    let room: Uint8Array<ArrayBuffer> | undefined;
    return {
      room: () => {
        room ??= this.#pool.take(bytes);
        return room;
      },
      release: () => {
        if (room) this.#pool.giveBack(room);
        this.#release(bytes);
      },
    };
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#held += next.bytes;
      next.start();
    }
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#limit;
  }
}
