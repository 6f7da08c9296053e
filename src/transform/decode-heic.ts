import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HeicReply, HeicRequest } from './decode-heic-worker.ts';
import { isTruncatedHeic } from './is-truncated-heic.ts';

/** A decoded HEIC picture. */
export interface DecodedHeic {
  /** RGBA, 8 bits each, row by row: width × height × 4 bytes. */
  readonly data: Uint8Array;
  /** Pixels, after the rotation and mirroring that the file asks for. */
  readonly width: number;
  readonly height: number;
}

/** One HEIC file's fault: it ends too early, does not decode, or is larger than allowed. */
export class HeicError extends Error {
  override readonly name = 'HeicError';
  readonly code: 'IMAGE_TRUNCATED' | 'IMAGE_CORRUPT' | 'IMAGE_TOO_LARGE';

  constructor(code: HeicError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** 12 megapixels take less than a second; a picture still decoding after this never ends. */
const DECODE_TIMEOUT_MS = 120_000;
/** The worker is TypeScript in a checkout and JavaScript once compiled, as this file is. */
const WORKER_FILE = import.meta.url.endsWith('.ts')
  ? './decode-heic-worker.ts'
  : './decode-heic-worker.js';

let worker: Worker | null = null;
/** Settles when the job before has; holds no pixels. */
let lastJob: Promise<void> = Promise.resolve();

/**
 * Decodes the pixels of a HEIC picture, which sharp's prebuilt binaries cannot.
 *
 * libheif (WebAssembly) blocks its thread for about a second, so it runs in a worker thread of its
 * own, started at the first call. Calls queue up and run one at a time: however many wait, one
 * picture's pixels exist at once (about 10 bytes for each pixel, 120 MB for 12 megapixels).
 *
 * libheif has already applied the file's own rotation (`irot`, `imir`): EXIF's orientation repeats
 * it and must not be applied again. Of several pictures in a file the first is decoded; only 8 bits
 * a channel are kept, and the colours are not converted from the file's ICC profile.
 *
 * @param bytes the whole file; left as it is
 * @param maxPixels width × height above which the picture is refused before any pixel is decoded
 * @throws HeicError `IMAGE_TRUNCATED`; `IMAGE_TOO_LARGE`; `IMAGE_CORRUPT` for bytes that libheif does
 *   not read, crashes on, or is not done with in two minutes. Any other error is the decoder's own,
 *   not the picture's.
 */
export async function decodeHeic(bytes: Uint8Array, maxPixels: number): Promise<DecodedHeic> {
  if (isTruncatedHeic(bytes)) {
    throw new HeicError('IMAGE_TRUNCATED', 'Expected a whole HEIC picture but it is truncated');
  }
  const job = lastJob.then(() => decodeNow(bytes, maxPixels));
  lastJob = job.then(
    () => undefined,
    () => undefined,
  );
  return job;
}

/**
 * Ends the worker thread and frees its memory; a decode in hand is rejected. The next call of
 * `decodeHeic` starts another. Not needed before leaving: an idle worker keeps no process alive.
 */
export async function closeHeicDecoder(): Promise<void> {
  const closing = worker;
  worker = null;
  await closing?.terminate();
}

async function decodeNow(bytes: Uint8Array, maxPixels: number): Promise<DecodedHeic> {
  const isNew = worker === null;
  const decoder = worker ?? startWorker();
  decoder.ref();
  try {
    // Waiting for libheif to load keeps a broken installation apart from a broken picture.
    if (isNew) await nextMessage(decoder);
    const reply = await request(decoder, { bytes: new Uint8Array(bytes), maxPixels });
    if (!reply.ok) throw new HeicError(reply.code, reply.message);
    return { data: reply.data, width: reply.width, height: reply.height };
  } catch (error) {
    // A WebAssembly module that has trapped, or leaked what it had read, is not used again.
    if (worker === decoder) await closeHeicDecoder();
    throw error;
  } finally {
    decoder.unref();
  }
}

function startWorker(): Worker {
  const started = new Worker(new URL(WORKER_FILE, import.meta.url), { name: 'decode' });
  // An error after its job was settled would otherwise end the process.
  started.on('error', () => {});
  worker = started;
  return started;
}

async function request(decoder: Worker, message: HeicRequest): Promise<HeicReply> {
  decoder.postMessage(message, [message.bytes.buffer]);
  try {
    return (await nextMessage(decoder)) as HeicReply;
  } catch (cause) {
    if (worker !== decoder) throw new Error('HEIC decoder was closed during a decode', { cause });
    throw new HeicError('IMAGE_CORRUPT', 'HEIC crashed its decoder or took too long', { cause });
  }
}

/** The worker's next message; throws what it threw, or when it ends or stays silent for too long. */
async function nextMessage(from: Worker): Promise<unknown> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(DECODE_TIMEOUT_MS)]);
  const ended = once(from, 'exit', { signal }).then(([code]) => {
    throw new Error(`HEIC worker exited with code ${code}`);
  });
  try {
    const [message] = await Promise.race([once(from, 'message', { signal }), ended]);
    return message;
  } finally {
    done.abort();
  }
}
