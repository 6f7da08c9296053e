import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

/** What `decodeHeic` sends: one file at a time. */
export interface HeicRequest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly maxPixels: number;
}

/** What comes back for each; before the first of them a message says that libheif is loaded. */
export type HeicReply =
  | { readonly ok: true; readonly data: Uint8Array<ArrayBuffer>; width: number; height: number }
  | { readonly ok: false; readonly code: 'IMAGE_CORRUPT' | 'IMAGE_TOO_LARGE'; message: string };

/** The part of heic-decode that is used; the package has no types. */
interface HeicDecode {
  all(input: { buffer: Uint8Array }): Promise<HeicImages>;
}
interface HeicImage {
  readonly width: number;
  readonly height: number;
  decode(): Promise<{ data: Uint8ClampedArray<ArrayBuffer> }>;
}
type HeicImages = readonly HeicImage[] & { dispose(): void };

const heicDecode = createRequire(import.meta.url)('heic-decode') as HeicDecode;

// libheif tells why it refused a file on the console only: keep that for the error, off stdout.
let lastComplaint = '';
console.log = (...parts: unknown[]) => {
  lastComplaint = parts.filter((part) => typeof part === 'string').join(' ');
};

parentPort?.on('message', async ({ bytes, maxPixels }: HeicRequest) => {
  const reply = await decode(bytes, maxPixels);
  parentPort?.postMessage(reply, reply.ok ? [reply.data.buffer] : []);
});
parentPort?.postMessage('loaded');

async function decode(bytes: Uint8Array, maxPixels: number): Promise<HeicReply> {
  lastComplaint = '';
  try {
    const images = await heicDecode.all({ buffer: bytes });
    try {
      return await decodeFirst(images, maxPixels);
    } finally {
      images.dispose();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = ['Expected a HEIC picture but received', reason, lastComplaint].join(': ');
    return { ok: false, code: 'IMAGE_CORRUPT', message: message.replace(/: $/, '') };
  }
}

async function decodeFirst(images: HeicImages, maxPixels: number): Promise<HeicReply> {
  const [image] = images;
  if (image === undefined) throw new Error('no picture');
  const { width, height } = image;
  if (width * height > maxPixels) {
    const message = `Expected at most ${maxPixels} pixels but received ${width} × ${height}`;
    return { ok: false, code: 'IMAGE_TOO_LARGE', message };
  }
  const { data } = await image.decode();
  return { ok: true, data: new Uint8Array(data.buffer), width, height };
}
