import type { PhotoSource } from '../../src/ports.ts';
import type { RunAdapters } from '../../src/run/context.ts';

type Fetch = PhotoSource['fetch'];

/** Adapters whose sources list as ever, and fetch as told. */
export function withFetch(adapters: RunAdapters, wrap: (fetch: Fetch) => Fetch): RunAdapters {
  return {
    ...adapters,
    async openSource(name) {
      const source = await adapters.openSource(name);
      return {
        url: source.url,
        parallelism: source.parallelism,
        list: (onSkip) => source.list(onSkip),
        fetch: wrap((photo, takeRoom) => source.fetch(photo, takeRoom)),
        close: () => source.close(),
      };
    },
  };
}
