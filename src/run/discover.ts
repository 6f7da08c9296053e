import { NightjarError } from '../domain/errors.ts';
import type { ListedPhoto } from '../domain/photo.ts';
import type { ListedVersion } from '../ledger.ts';
import type { RunContext } from './context.ts';
import type { OpenedRun } from './open-run.ts';

/** A page of the listing, noted in `photos`, with what is still to be done of it. */
export interface DiscoveredPage {
  readonly listed: number;
  /** Photo versions with a prediction or a final reject for the run's model version. */
  readonly alreadyDone: number;
  readonly pending: readonly ListedVersion[];
}

/** Lists the source page by page and notes each photo version; one page is in memory at a time. */
export async function* discover(
  opened: OpenedRun,
  { signal, log, onProgress }: Pick<RunContext, 'signal' | 'log' | 'onProgress'>,
): AsyncGenerator<DiscoveredPage> {
  const { source, model, adapters } = opened;
  let listed = 0;
  const onSkip = (path: string, reason: string) => log.warn('not listed', { path, reason });
  for await (const page of source.list(onSkip)) {
    const versions = await adapters.ledger.noteListed(source.url, page, model.version.id);
    assertAllKnown(page, versions);
    listed += page.length;
    onProgress?.({ phase: 'listing', listed, planned: 0, predicted: 0, rejected: 0 });
    yield toPage(page, versions);
    if (signal.aborted) return;
  }
  // Not a fault, as incoming/ may have been cleared; but an unmounted disk looks just like it.
  if (listed === 0) log.warn('the source is empty', { source: source.url });
}

/** What a run would find, without noting anything. Photos never seen before are pending. */
export async function* previewListing(
  source: OpenedRun['source'],
  ledger: OpenedRun['adapters']['ledger'],
  modelVersionId: number,
): AsyncGenerator<Pick<DiscoveredPage, 'listed' | 'alreadyDone'>> {
  for await (const page of source.list()) {
    const known = await ledger.lookUpListed(source.url, page, modelVersionId);
    yield { listed: page.length, alreadyDone: known.filter(({ done }) => done).length };
  }
}

function toPage(page: readonly ListedPhoto[], versions: readonly ListedVersion[]): DiscoveredPage {
  const pending = versions.filter(({ done }) => !done);
  return { listed: page.length, alreadyDone: versions.length - pending.length, pending };
}

function assertAllKnown(page: readonly ListedPhoto[], versions: readonly ListedVersion[]): void {
  if (versions.length === page.length) return;
  throw new NightjarError(
    'SHARDS_FAILED',
    `Expected to know each of ${page.length} listed photos but know ${versions.length}: was something deleted from nightjar.photos meanwhile?`,
  );
}
