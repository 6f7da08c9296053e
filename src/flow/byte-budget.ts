/**
 * A bound in bytes on what several steps hold together. First come, first served; something larger
 * than the whole budget is let through alone.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiting: { bytes: number; start: () => void }[] = [];
  #held = 0;

  /** @param limit bytes, above 0 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when `bytes` fit. */
  async acquire(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#held += bytes;
      return;
    }
    await new Promise<void>((start) => this.#waiting.push({ bytes, start }));
  }

  /** Gives back exactly what was acquired. */
  release(bytes: number): void {
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
