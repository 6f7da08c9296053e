/** What is used of autocannon, which has no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  export interface Load {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    readonly requests: readonly {
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
    }[];
  }

  export interface Result {
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
    readonly requests: { readonly average: number };
  }

  /** Emits `response` with the client, the status, the bytes and the milliseconds of each. */
  export default function autocannon(
    load: Load,
    done: (error: Error | null, result: Result) => void,
  ): EventEmitter;
}
