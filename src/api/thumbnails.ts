import { LRUCache } from 'lru-cache';
import sharp from 'sharp';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { FetchFault, type PhotoSource } from '../ports.ts';
import type { PhotoRow } from '../reads.ts';
import { decodeHeic, HeicError } from '../transform/decode-heic.ts';
import type { ApiAdapters, ApiOptions } from './context.ts';
import { Problem } from './problem.ts';

/** Pixels of the longer side. */
export const THUMBNAIL_SIZES = [160, 320, 640, 1280] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];

const CACHE_BYTES = 64 * 2 ** 20;
/** A wall of thumbnails must not take every core, nor the memory of that many decoded photos. */
const AT_ONCE = 2;
/** Requests that may wait for their turn. */
const MAX_WAITING = 200;
const QUALITY = 78;

/** Thumbnails of photos, made from their sources and kept in memory; the same one is made once at a time. */
export class Thumbnails {
  readonly #openSource: ApiAdapters['openSource'];
  readonly #options: Pick<ApiOptions, 'maxImagePixels' | 'log'>;
  readonly #made = new LRUCache<string, Buffer>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (image) => image.length,
  });
  readonly #making = new Map<string, Promise<Buffer>>();
  readonly #sources = new Map<string, Promise<PhotoSource>>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(
    { openSource }: Pick<ApiAdapters, 'openSource'>,
    options: Pick<ApiOptions, 'maxImagePixels' | 'log'>,
  ) {
    this.#openSource = openSource;
    this.#options = options;
  }

  /** @throws Problem 404, 422, 502 or 503, where there is none to be had */
  make(photo: PhotoRow, size: ThumbnailSize): Promise<Buffer> {
    const name = `${photo.photoId}/${size}`;
    const made = this.#made.get(name);
    if (made) return Promise.resolve(made);
    const known = this.#making.get(name);
    if (known) return known;
    const making = this.#inTurn(() => this.#draw(photo, size))
      .then((image) => {
        this.#made.set(name, image);
        return image;
      })
      .finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  /** Closes the sources. */
  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.#sources.values());
    for (const source of sources) if (source.status === 'fulfilled') source.value.close();
  }

  async #draw(photo: PhotoRow, size: ThumbnailSize): Promise<Buffer> {
    const bytes = await this.#fetch(photo);
    try {
      const image =
        photo.format === 'heic'
          ? await this.#openHeic(bytes)
          : sharp(bytes, {
              failOn: 'none',
              limitInputPixels: this.#options.maxImagePixels,
              pages: 1,
            });
      // Metadata is dropped unless asked for; so is the position in it.
      return await image
        .autoOrient()
        .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#fff' })
        .toColourspace('srgb')
        .jpeg({ quality: QUALITY, mozjpeg: false })
        .toBuffer();
    } catch (error) {
      if (photo.format === 'heic' && !(error instanceof HeicError)) throw error;
      throw new Problem(422, 'Expected a picture that can be decoded but this one cannot.');
    }
  }

  async #openHeic(bytes: Uint8Array) {
    const { data, width, height } = await decodeHeic(bytes, this.#options.maxImagePixels);
    return sharp(data, { raw: { width, height, channels: 4 } });
  }

  async #fetch({ source, key, etag, size, lastModified, photoId }: PhotoRow): Promise<Uint8Array> {
    try {
      const opened = await this.#open(source);
      return await opened.fetch({ key, etag, size, lastModified: new Date(lastModified) });
    } catch (error) {
      if (error instanceof FetchFault) {
        const { code } = error.fault;
        if (code === 'OBJECT_GONE' || code === 'OBJECT_CHANGED') {
          throw new Problem(
            404,
            'Expected the photo in its source but it was deleted or replaced there.',
          );
        }
        if (code === 'OBJECT_TOO_LARGE') {
          throw new Problem(422, 'Expected a smaller file: this one is larger than maxImageBytes.');
        }
        this.#options.log.warn('no thumbnail', {
          photo: photoId,
          code,
          reason: error.fault.message,
        });
        throw new Problem(502, 'Expected the source to deliver the photo but it did not.');
      }
      if (!(error instanceof NightjarError)) throw error;
      this.#options.log.warn('no thumbnail', { photo: photoId, reason: messageOf(error) });
      throw new Problem(
        502,
        'Expected the photo’s source to be reachable from here but it is not.',
      );
    }
  }

  #open(url: string): Promise<PhotoSource> {
    const known = this.#sources.get(url);
    if (known) return known;
    const opening = this.#openSource(url);
    this.#sources.set(url, opening);
    opening.catch(() => this.#sources.delete(url)); // a disk may be mounted later
    return opening;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new Problem(503, 'Too many thumbnails are being made. Ask again in a moment.');
      }
      await new Promise<void>((turn) => this.#waiting.push(turn));
    } else this.#underWay++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    }
  }
}
