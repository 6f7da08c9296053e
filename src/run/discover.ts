import { NightjarError } from '../domain/errors.ts';
import type { ListedPhoto } from '../domain/photo.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import type { ListedVersion, Viewer } from '../ledger.ts';
import type { RunContext } from './context.ts';
import type { OpenedRun } from './open-run.ts';

/** A page of photo versions that the source lists, as the ledger knows them. */
export type ListedPage = readonly ListedVersion[];

/** Lists the source page by page and notes each photo version; one page is in memory at a time. */
export async function* discover(
  opened: OpenedRun,
  { signal, log, onProgress }: Pick<RunContext, 'signal' | 'log' | 'onProgress'>,
): AsyncGenerator<ListedPage> {
  const { source, run, adapters } = opened;
  let listed = 0;
  const onSkip = (path: string, reason: string) => log.warn('not listed', { path, reason });
  for await (const page of untilAborted(source.list(onSkip), signal)) {
    const versions = await adapters.ledger.noteListed(source.url, page, run);
    assertAllKnown(page, versions);
    listed += page.length;
    onProgress?.({ phase: 'listing', listed, planned: 0, predicted: 0, rejected: 0 });
    yield versions;
    if (signal.aborted) return;
  }
  // Not a fault, as incoming/ may have been cleared; but an unmounted disk looks just like it.
  if (listed === 0) log.warn('the source is empty', { source: source.url });
}

/**
 * What a run would find, without noting anything. Photos never seen before are pending; when they
 * were taken is not known yet.
 */
export async function* previewListing(
  source: OpenedRun['source'],
  ledger: OpenedRun['adapters']['ledger'],
  viewer: Viewer,
): AsyncGenerator<ListedPage> {
  for await (const page of source.list()) {
    const known = await ledger.lookUpListed(source.url, page, viewer);
    const versions = new Map(known.map((version) => [`${version.key}\0${version.etag}`, version]));
    yield page.map((photo) => versions.get(`${photo.key}\0${photo.etag}`) ?? neverSeen(photo));
  }
}

function neverSeen({ key, etag, size, lastModified }: ListedPhoto): ListedVersion {
  const unknown = { photoId: '', done: false, crashes: 0, capturedClock: null };
  return { ...unknown, key, etag, size, modifiedAt: lastModified };
}

function assertAllKnown(page: readonly ListedPhoto[], versions: ListedPage): void {
  if (versions.length === page.length) return;
  throw new NightjarError(
    'SHARDS_FAILED',
    `Expected to know each of ${page.length} listed photos but know ${versions.length}: was something deleted from nightjar.photos meanwhile?`,
  );
}
