import { S3ServiceException } from '@aws-sdk/client-s3';

/** An answer that says one thing of itself and is another: cut off, or of another length. */
export class BrokenAnswer extends Error {
  override name = 'BrokenAnswer';
}

/**
 * Milliseconds between the tries of one request, each up to half longer or shorter, so that those who
 * were refused together do not come back together. Some six seconds in all, as S3 slows down for.
 */
const WAITS_MS = [100, 300, 800, 1600, 3200];

/** S3's own ways of saying "later". */
const PASSING_CODES = new Set([
  'InternalError',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
]);
const PASSING_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
/** The network's ways, and the SDK's own timeout. */
const PASSING_LOSSES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** Sends a request again while what comes back may pass, with growing waits, until `signal` is aborted. */
export async function withRetries<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const waitMs = WAITS_MS[attempt];
      if (waitMs === undefined || !mayPass(error)) throw error;
      await sleep(waitMs * (0.5 + Math.random()), signal);
      if (signal?.aborted) throw error;
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof BrokenAnswer) return true;
  if (!(error instanceof Error)) return false;
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const code = 'code' in error ? String(error.code) : '';
  return (
    PASSING_CODES.has(error.name) ||
    PASSING_LOSSES.has(error.name) ||
    PASSING_LOSSES.has(code) ||
    (status !== undefined && PASSING_STATUSES.has(status))
  );
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
