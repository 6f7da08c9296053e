import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

/** A bucket of many small photos, as far as listing and fetching go: S3's XML and bytes over HTTP. */
export interface Bucket {
  readonly port: number;
  /** How often each key was fetched since the last time this was asked. */
  takeFetches(): Map<string, number>;
  close(): Promise<void>;
}

/** How large it is, and how far away. */
export interface BucketOptions {
  /** The bundled photos again and again, each time under another key. */
  readonly keys: number;
  /** Before each object is sent. */
  readonly delayMs?: number;
}

const PAGE = 1000;

/** Serves any bucket's name. The whole of it is made up on demand: a million keys take no room. */
export async function openBucket({ keys, delayMs = 0 }: BucketOptions): Promise<Bucket> {
  const photos = await readDemoPhotos();
  const photoOf = (n: number) => photos[n % photos.length] as Buffer;
  let fetches = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const key = pathname.split('/').slice(2).join('/');
    if (!key) {
      response.end(listPage(Number(searchParams.get('continuation-token') ?? 0), keys, photoOf));
      return;
    }
    fetches.set(key, (fetches.get(key) ?? 0) + 1);
    const n = numberOf(key);
    setTimeout(() => {
      response.setHeader('etag', etagOf(n));
      response.end(photoOf(n));
    }, delayMs);
  });
  await new Promise<void>((ready) => server.listen(0, '0.0.0.0', ready));
  return {
    port: (server.address() as AddressInfo).port,
    takeFetches() {
      const taken = fetches;
      fetches = new Map();
      return taken;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function readDemoPhotos(): Promise<Buffer[]> {
  const folder = resolve('models/demo/photos');
  const files = (await readdir(folder, { recursive: true })).filter((f) => f.endsWith('.JPG'));
  return Promise.all(files.sort().map((file) => readFile(join(folder, file))));
}

const keyOf = (n: number) => `site-${n % 100}/IMG_${String(n).padStart(9, '0')}.JPG`;
const numberOf = (key: string) => Number(/(\d+)\.JPG$/.exec(key)?.[1]);
/** Of the length of an MD5, as S3's are. */
const etagOf = (n: number) => `"${String(n).padStart(32, 'e')}"`;

/** One answer to ListObjectsV2; the token is the number of the first key. */
function listPage(from: number, keys: number, photoOf: (n: number) => Buffer): string {
  const to = Math.min(from + PAGE, keys);
  const contents: string[] = [];
  for (let n = from; n < to; n++) {
    contents.push(
      `<Contents><Key>${keyOf(n)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>` +
        `<ETag>${etagOf(n)}</ETag><Size>${photoOf(n).length}</Size></Contents>`,
    );
  }
  const next = to < keys ? `<NextContinuationToken>${to}</NextContinuationToken>` : '';
  return (
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><KeyCount>${to - from}</KeyCount>` +
    `<IsTruncated>${to < keys}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`
  );
}
