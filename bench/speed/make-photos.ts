import { link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import sharp, { type Exif, type OverlayOptions } from 'sharp';

/** Camera sizes, 4:3: megapixels by name, and how often they come in a mixed bucket. */
export const SIZES = {
  '0.3': { width: 640, height: 480, share: 0.5 },
  '2': { width: 1632, height: 1224, share: 0.35 },
  '12': { width: 4000, height: 3000, share: 0.15 },
} as const;

/** What a bucket's photos are like. */
export type BucketName = keyof typeof SIZES | 'mixed';

/** A bucket's name as it stands on a command line. */
export function expectBucket(name: string): BucketName {
  if (name === 'mixed' || name in SIZES) return name as BucketName;
  throw new Error(`Expected a bucket of 0.3, 2, 12 or mixed but received "${name}"`);
}

/** Different photos of a size; a bucket has them again and again, each time under another key. */
const DIFFERENT = 12;
/** Grain of a sensor: without it an enlarged picture would be easier to decode than a real one. */
const GRAIN = { type: 'gaussian', mean: 128, sigma: 14 } as const;
const QUALITY = 88;

/** A photo's bytes, and its key. */
export interface BucketPhoto {
  readonly key: string;
  readonly bytes: Buffer;
}

/**
 * Makes the photos of a bucket: the bundled ones, or those of a folder, cut and enlarged to the size,
 * with grain, as baseline JPEGs with the camera's clock and position in their EXIF.
 *
 * @param from folder of JPEGs
 * @param count how many keys; their bytes are shared
 */
export async function makePhotos(
  name: BucketName,
  count: number,
  from = resolve('models/demo/photos'),
): Promise<BucketPhoto[]> {
  const files = (await readdir(from, { recursive: true }))
    .filter((file) => /\.jpe?g$/i.test(file))
    .sort();
  const names = name === 'mixed' ? (Object.keys(SIZES) as (keyof typeof SIZES)[]) : [name];
  const kinds = await Promise.all(names.map((size) => makeSize(size, from, files)));
  return Array.from({ length: count }, (_, n) => {
    const kind = name === 'mixed' ? chooseKind(n) : 0;
    const bytes = kinds[kind]?.[n % DIFFERENT];
    if (!bytes) throw new Error(`Expected JPEGs in ${from} but found none that can be read`);
    return { key: `${String(Math.floor(n / 1000)).padStart(3, '0')}/${n}.jpg`, bytes };
  });
}

/** Spread evenly: of 20 photos in a row, 10, 7 and 3. */
function chooseKind(n: number): number {
  const at = ((n * 7) % 20) / 20;
  const { share } = SIZES['0.3'];
  return at < share ? 0 : at < share + SIZES['2'].share ? 1 : 2;
}

async function makeSize(
  name: keyof typeof SIZES,
  from: string,
  files: readonly string[],
): Promise<Buffer[]> {
  const { width, height } = SIZES[name];
  const photos: Buffer[] = [];
  for (const file of files) {
    if (photos.length === DIFFERENT) break;
    const source = await readFile(join(from, file));
    const grain = { create: { width, height, channels: 3, background: '#808080', noise: GRAIN } };
    const made = await sharp(source)
      .autoOrient()
      .resize(width, height, { fit: 'cover' })
      .composite([{ input: grain as OverlayOptions['input'], blend: 'overlay' }])
      .withExif(exifOf(photos.length))
      .jpeg({ quality: QUALITY })
      .toBuffer()
      .catch(() => null); // a folder of somebody's photos may hold broken ones
    if (made) photos.push(made);
  }
  while (photos.length > 0 && photos.length < DIFFERENT) photos.push(photos[0] as Buffer);
  return photos;
}

/** In the Atlantic Forest, a few kilometres from each other. */
function exifOf(n: number): Exif {
  return {
    IFD0: { Make: 'Bench', Model: 'Camera' },
    IFD2: {
      DateTimeOriginal: `2026:01:${String(n + 1).padStart(2, '0')} 06:30:00`,
      OffsetTimeOriginal: '-03:00',
    },
    IFD3: {
      GPSLatitudeRef: 'S',
      GPSLatitude: `23/1 ${10 + n}/1 0/1`,
      GPSLongitudeRef: 'W',
      GPSLongitude: `46/1 ${10 + n}/1 0/1`,
    },
  };
}

/** Writes a bucket as a folder; photos of the same bytes are links to one file beside it. */
export async function writePhotos(folder: string, photos: readonly BucketPhoto[]): Promise<void> {
  const files = new Map<Buffer, string>();
  const folders = new Set<string>();
  await mkdir(`${folder}-files`, { recursive: true });
  for (const { key, bytes } of photos) {
    const file = files.get(bytes) ?? join(`${folder}-files`, `${files.size}.jpg`);
    if (!files.has(bytes)) await writeFile(file, bytes);
    files.set(bytes, file);
    const target = join(folder, key);
    if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
    folders.add(dirname(target));
    await link(file, target);
  }
}
