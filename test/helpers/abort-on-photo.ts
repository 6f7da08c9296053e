import { join } from 'node:path';

/** Behind a picture's bytes, it takes the process down that decodes them under `PRELOAD_ABORT`. */
export const PHOTO_ABORTS = 'NIGHTJAR-TEST-ABORT';

/** For the environment of the program; all its children and threads inherit it. */
export const PRELOAD_ABORT = {
  NODE_OPTIONS: `--require ${join(import.meta.dirname, 'abort-on-photo.cjs')}`,
};
