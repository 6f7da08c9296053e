import { join } from 'node:path';

const MARKER = 'NIGHTJAR-TEST-ABORT';

/**
 * A JPEG that takes the process down that decodes it under `PRELOAD_ABORT`. The marker stands in an
 * APP2 segment of no known kind, so that the picture is left to sharp.
 */
export function poison(jpeg: Uint8Array): Buffer {
  const segment = Buffer.from(
    `\xff\xe2\0${String.fromCharCode(2 + MARKER.length)}${MARKER}`,
    'latin1',
  );
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

/** For the environment of the program; all its children and threads inherit it. */
export const PRELOAD_ABORT = {
  NODE_OPTIONS: `--require ${join(import.meta.dirname, 'abort-on-photo.cjs')}`,
};
