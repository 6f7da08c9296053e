import { addAbortSignal, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  type _Object,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { type Fault, fault } from '../domain/outcome.ts';
import type { ListedPhoto } from '../domain/photo.ts';
import { FetchFault, type PhotoSource, type SourceLimits, type TakeRoom } from '../ports.ts';
import { isPhotoKey } from './photo-keys.ts';
import { BrokenAnswer, withRetries } from './s3-retries.ts';

/** Answers after which every further request would fail alike: the run's fault, not a photo's. */
const RUN_FAULTS = new Set([
  'NoSuchBucket',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'PermanentRedirect',
  'CredentialsProviderError',
]);
/** All tries of one object together may take this many times `requestTimeoutMs`. */
const PATIENCE = 4;
const MAX_SOCKETS = 256;

/** Photos below a prefix of an S3 bucket, or of anything that speaks S3 through AWS_ENDPOINT_URL_S3. */
export class S3PhotoSource implements PhotoSource {
  readonly url: string;
  readonly parallelism = MAX_SOCKETS;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #client: S3Client;
  readonly #options: SourceLimits;

  /** @param name `s3://bucket/prefix/`; the prefix may be empty. @throws CONFIGURATION_INVALID */
  static open(name: string, options: SourceLimits): S3PhotoSource {
    const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(name);
    if (match?.[1]) return new S3PhotoSource(match[1], match[2] ?? '', options);
    throw new NightjarError(
      'CONFIGURATION_INVALID',
      `Expected a source like s3://bucket/prefix/ but received "${name}".`,
    );
  }

  private constructor(bucket: string, prefix: string, options: SourceLimits) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.url = `s3://${bucket}/${prefix}`;
    this.#options = options;
    this.#client = new S3Client({
      // The SDK tries requests again but not bodies that break off: `withRetries` does both.
      maxAttempts: 1,
      // Its chain of steps is put together once, not for each request. Only for requests without options.
      cacheMiddleware: true,
      // Endpoints other than Amazon's take the bucket in the path and know no newer checksums.
      ...(hasCustomEndpoint() && {
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      }),
      requestHandler: {
        connectionTimeout: options.requestTimeoutMs,
        requestTimeout: options.requestTimeoutMs,
        // The one above ends with the headers; this one is for bodies that stop coming.
        socketTimeout: options.requestTimeoutMs,
        // Without it the timeout is a warning in a log nobody reads.
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: MAX_SOCKETS },
        httpsAgent: { maxSockets: MAX_SOCKETS },
      },
    });
  }

  async *list(): AsyncGenerator<readonly ListedPhoto[]> {
    let token: string | undefined;
    do {
      const page = await this.#listPage(token);
      const photos = (page.Contents ?? []).flatMap((object) => this.#toListedPhoto(object) ?? []);
      if (photos.length > 0) yield photos;
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  }

  async fetch(
    photo: ListedPhoto,
    takeRoom: TakeRoom = Buffer.allocUnsafeSlow,
  ): Promise<Uint8Array> {
    if (photo.size > this.#options.maxImageBytes) {
      throw new FetchFault(tooLarge(photo.size, this.#options.maxImageBytes));
    }
    // For the bodies that trickle: they run into none of the SDK's timeouts.
    const signal = AbortSignal.timeout(this.#options.requestTimeoutMs * PATIENCE);
    try {
      return await withRetries(() => this.#get(photo, takeRoom, signal), signal);
    } catch (error) {
      if (error instanceof FetchFault) throw error;
      throw this.#judge(error);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #listPage(token: string | undefined) {
    try {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: this.#prefix,
        ContinuationToken: token,
      });
      return await withRetries(() => this.#client.send(command));
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #toListedPhoto({ Key, ETag, Size, LastModified }: _Object): ListedPhoto | null {
    if (!Key || !ETag || Size === undefined || !LastModified) return null;
    // A prefix may lie below a hidden folder: only what follows its last slash is the photo's path.
    if (!isPhotoKey(Key.slice(this.#prefix.lastIndexOf('/') + 1))) return null;
    return { key: Key, etag: ETag, size: Size, lastModified: LastModified };
  }

  async #get(photo: ListedPhoto, takeRoom: TakeRoom, signal: AbortSignal): Promise<Uint8Array> {
    const { Body, ContentLength, ETag } = await this.#client.send(
      new GetObjectCommand({ Bucket: this.#bucket, Key: photo.key, IfMatch: photo.etag }),
    );
    if (!Body) throw new BrokenAnswer('the answer had no body');
    const refusal = this.#refuse(photo, ContentLength ?? 0, ETag);
    if (refusal) {
      // An unread body holds its socket for good: it is read to the end, or destroyed.
      if ('destroy' in Body) Body.destroy();
      throw new FetchFault(refusal);
    }
    return readBody(addAbortSignal(signal, Body as Readable), takeRoom(photo.size));
  }

  /** What the head of an answer gives away before its body is read; null when it may be read. */
  #refuse(photo: ListedPhoto, size: number, etag: string | undefined): Fault | null {
    // Not everything that speaks S3 honours If-Match: some answer with whatever is there now.
    if (etag !== undefined && unquote(etag) !== unquote(photo.etag)) return overwritten();
    const { maxImageBytes } = this.#options;
    return size > maxImageBytes ? tooLarge(size, maxImageBytes) : null;
  }

  #judge(error: unknown): Error {
    const name = error instanceof Error ? error.name : '';
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (RUN_FAULTS.has(name)) return this.#unreachable(error);
    if (status === 412 || name === 'PreconditionFailed') {
      return new FetchFault(overwritten());
    }
    if (status === 404 || name === 'NoSuchKey') {
      return new FetchFault(
        fault('OBJECT_GONE', 'Expected the listed object but it is no longer there'),
      );
    }
    return new FetchFault(
      fault('FETCH_FAILED', `Expected the object's bytes but: ${name} ${messageOf(error)}`),
      { cause: error },
    );
  }

  #unreachable(error: unknown): NightjarError {
    const reason = error instanceof Error ? `${error.name}: ${messageOf(error)}` : String(error);
    return new NightjarError(
      'SOURCE_UNREACHABLE',
      `Expected to read ${this.url} but: ${reason}. Check the bucket's name, AWS_REGION, ` +
        'AWS_ENDPOINT_URL_S3 and the credentials (AWS_ACCESS_KEY_ID … or a profile or role).',
      { cause: error },
    );
  }
}

/**
 * Reads a body into memory of the size listed: the SDK's own way copies it twice. A body may be cut off
 * together with its Content-Length, or be another's: the listing knows better.
 */
async function readBody(body: Readable, bytes: Uint8Array): Promise<Uint8Array> {
  const size = bytes.length;
  let came = 0;
  body.on('data', (chunk: Buffer) => {
    if (came + chunk.length <= size) bytes.set(chunk, came);
    else body.destroy(new BrokenAnswer(`${size} bytes are listed and more came`));
    came += chunk.length;
  });
  await finished(body);
  if (came !== size) throw new BrokenAnswer(`${size} bytes are listed and ${came} came`);
  return bytes;
}

function hasCustomEndpoint(): boolean {
  return Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL);
}

/** An ETag without its quotes, which some stores leave out in listings only. */
function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

function overwritten(): Fault {
  return fault(
    'OBJECT_CHANGED',
    'Expected the object as listed but it was overwritten; the next run takes the new version',
  );
}

function tooLarge(size: number, limit: number): Fault {
  return fault(
    'OBJECT_TOO_LARGE',
    `Expected at most ${limit} bytes (maxImageBytes) but it has ${size}`,
  );
}
