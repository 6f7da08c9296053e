import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../src/flow/buffer-pool.ts';
import { ByteBudget } from '../../src/flow/byte-budget.ts';
import { inBatches } from '../../src/flow/in-batches.ts';
import { mapConcurrently } from '../../src/flow/map-concurrently.ts';
import { readAhead } from '../../src/flow/read-ahead.ts';
import { untilAborted } from '../../src/flow/until-aborted.ts';

async function* count(to: number, onRead: (n: number) => void = () => {}): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) {
    onRead(n);
    yield n;
  }
}

describe('untilAborted', () => {
  test('ends at the signal though the next item never comes, and passes faults on', async () => {
    async function* hanging() {
      yield 1;
      await new Promise(() => {});
    }
    const stop = new AbortController();
    const items: number[] = [];
    setTimeout(() => stop.abort(), 20);
    for await (const item of untilAborted(hanging(), stop.signal)) items.push(item);
    expect(items).toEqual([1]);
    const faulty = untilAborted(
      count(3, (n) => {
        if (n === 2) throw new Error('third');
      }),
      new AbortController().signal,
    );
    const readAll = async () => {
      for await (const item of faulty) items.push(item);
    };
    await expect(readAll()).rejects.toThrow('third');
  });

  test('closes its input when the reader has had enough', async () => {
    let closed = false;
    async function* endless() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        closed = true;
      }
    }
    for await (const n of untilAborted(endless(), new AbortController().signal)) if (n > 2) break;
    expect(closed).toBe(true);
  });
});

describe('mapConcurrently', () => {
  test('keeps the order and runs no more than the bound at a time', async () => {
    let underWay = 0;
    let most = 0;
    const results: number[] = [];
    const mapped = mapConcurrently(count(50), 4, async (n) => {
      most = Math.max(most, ++underWay);
      await sleep((n * 7) % 5);
      underWay--;
      return n * 2;
    });
    for await (const result of mapped) results.push(result);
    expect(results).toEqual(Array.from({ length: 50 }, (_, n) => n * 2));
    expect(most).toBe(4);
  });

  test('does not read ahead of a slow reader by more than the bound', async () => {
    let read = 0;
    const mapped = mapConcurrently(
      count(1000, () => read++),
      4,
      async (n) => n,
    );
    await mapped.next();
    await sleep(5);
    expect(read).toBeLessThanOrEqual(5);
    await mapped.return(undefined);
  });

  test('closes its input and awaits what is under way when a call throws', async () => {
    let closed = false;
    let underWay = 0;
    const input = (async function* () {
      try {
        yield* count(100);
      } finally {
        closed = true;
      }
    })();
    const mapped = mapConcurrently(input, 4, async (n) => {
      underWay++;
      await sleep(2);
      underWay--;
      if (n === 10) throw new Error('ten');
      return n;
    });
    const drain = async () => {
      for await (const _ of mapped);
    };
    await expect(drain()).rejects.toThrow('ten');
    expect(closed).toBe(true);
    expect(underWay).toBe(0);
  });
});

describe('readAhead', () => {
  async function* count(to: number, read: number[], fault?: Error) {
    for (let n = 1; n <= to; n++) {
      await sleep(1);
      read.push(n);
      yield n;
    }
    if (fault) throw fault;
  }

  test('has the next item ready while one is worked on, and no more than that', async () => {
    const read: number[] = [];
    const seen: number[] = [];
    for await (const item of readAhead(count(5, read))) {
      seen.push(item);
      await sleep(20);
      expect(read.at(-1)).toBe(Math.min(item + 1, 5));
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('tells a fault of its input after the items before it', async () => {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of readAhead(count(3, [], new Error('broken')))) {
        seen.push(item);
        await sleep(10);
      }
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(seen).toEqual([1, 2, 3]);
  });

  test('closes its input when the reader has had enough', async () => {
    let closed = false;
    const read: number[] = [];
    async function* input() {
      try {
        yield* count(100, read);
      } finally {
        closed = true;
      }
    }
    for await (const item of readAhead(input())) if (item === 3) break;
    expect(closed).toBe(true);
    expect(read.length).toBeLessThanOrEqual(5);
  });
});

describe('inBatches', () => {
  test('loses and doubles nothing, and only the last batch is smaller', async () => {
    const sizes = fc.integer({ min: 1, max: 10 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 50 }), sizes, async (total, size) => {
        const batches: number[][] = [];
        for await (const batch of inBatches(count(total), size)) batches.push(batch);
        expect(batches.flat()).toEqual(Array.from({ length: total }, (_, n) => n));
        expect(batches.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
      }),
    );
  });
});

const createPool = (maxIdleBytes: number) => {
  let allocated = 0;
  const pool = new BufferPool((bytes) => {
    allocated++;
    return new ArrayBuffer(bytes);
  }, maxIdleBytes);
  return { pool, allocated: () => allocated };
};

describe('ByteBudget', () => {
  test('never holds more than its limit, but for one thing larger than it', async () => {
    const budget = new ByteBudget(100, createPool(0).pool);
    let held = 0;
    let most = 0;
    await Promise.all(
      [60, 60, 30, 250, 10, 100].map(async (bytes) => {
        const loan = await budget.acquire(bytes);
        held += bytes;
        most = Math.max(most, held > 100 && held !== 250 ? Number.POSITIVE_INFINITY : held);
        await sleep(2);
        held -= bytes;
        loan.release();
      }),
    );
    expect(most).toBe(250);
    expect(held).toBe(0);
  });

  test('serves in the order of asking', async () => {
    const budget = new ByteBudget(10, createPool(0).pool);
    const all = await budget.acquire(10);
    const order: string[] = [];
    const large = budget.acquire(9).then(() => order.push('large'));
    const small = budget.acquire(1).then(() => order.push('small'));
    all.release();
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
  });

  test('gives room of the size asked for, and the same room again only when it was released', async () => {
    const budget = new ByteBudget(2 ** 20, createPool(2 ** 20).pool);
    const [first, second] = [await budget.acquire(10), await budget.acquire(70_000)];
    expect(first.room()).toHaveLength(10);
    expect(first.room()).toBe(first.room());
    expect(second.room()).toHaveLength(70_000);
    expect(second.room().buffer).not.toBe(first.room().buffer);
    const { buffer } = second.room();
    second.release();
    const third = await budget.acquire(65_537);
    expect(third.room()).toHaveLength(65_537);
    expect(third.room().buffer).toBe(buffer);
  });
});

describe('BufferPool', () => {
  test('takes the smallest that is large enough', () => {
    const { pool, allocated } = createPool(2 ** 20);
    const [large, small] = [pool.take(200_000), pool.take(100_000)];
    pool.giveBack(large);
    pool.giveBack(small);
    expect(pool.take(90_000).buffer).toBe(small.buffer);
    expect(pool.take(90_000).buffer).toBe(large.buffer);
    expect(allocated()).toBe(2);
  });

  test('keeps no more than it may, and lets one that is too small go for one that is not', () => {
    const { pool, allocated } = createPool(150_000);
    const rooms = [pool.take(60_000), pool.take(60_000), pool.take(60_000)];
    for (const room of rooms) pool.giveBack(room);
    pool.take(100_000); // in the place of one of the two that were kept
    pool.take(60_000);
    expect(allocated()).toBe(4);
    pool.take(60_000);
    expect(allocated()).toBe(5);
  });

  test('nobody’s room is anybody else’s, whatever is taken and given back', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.constant('back')));
    fc.assert(
      fc.property(steps, (what) => {
        const { pool } = createPool(400_000);
        const held: Uint8Array<ArrayBuffer>[] = [];
        for (const step of what) {
          const room = typeof step === 'number' ? pool.take(step) : undefined;
          if (room) {
            expect(room).toHaveLength(step as number);
            held.push(room);
          } else if (held.length > 0) pool.giveBack(held.shift() as Uint8Array<ArrayBuffer>);
          expect(new Set(held.map(({ buffer }) => buffer)).size).toBe(held.length);
        }
      }),
    );
  });
});
