import { createHash } from 'node:crypto';
import type { ListedPhoto } from '../src/domain/photo.ts';
import type { PhotoSource } from '../src/ports.ts';
import type { LedgerSize } from './fill-ledger.ts';

const PAGE = 1000;

/** The listing of a source that `fillLedger` made up: the very keys and etags, page by page. */
export function listFilled(
  url: string,
  { photos, sources }: Pick<LedgerSize, 'photos' | 'sources'>,
): PhotoSource {
  const turn = Number(/(\d+)\/$/.exec(url)?.[1]);
  return {
    url,
    parallelism: 1,
    async *list() {
      for (let from = turn * PAGE; from < photos; from += sources * PAGE) {
        const size = Math.min(PAGE, photos - from);
        yield Array.from({ length: size }, (_, n) => listed(from + n));
      }
    },
    fetch: () => Promise.reject(new Error('only listed')),
    close() {},
  };
}

function listed(n: number): ListedPhoto {
  const etag = createHash('md5').update(String(n)).digest('hex');
  const key = `site/IMG_${String(n).padStart(8, '0')}.JPG`;
  return { key, etag, size: 300_000, lastModified: new Date(0) };
}
