import { Worker } from 'node:worker_threads';
import type { SharedPixels } from '../../domain/pixels.ts';
import type { DecoderRequest, DecoderThreadData } from './decode-jpeg-worker.ts';
import { type DecodingPlan, FILE_ADDRESS, MEMORY_BYTES } from './plan-decoding.ts';

/** The worker is TypeScript in a checkout and JavaScript once compiled, as this file is. */
const WORKER_FILE = import.meta.url.endsWith('.ts')
  ? './decode-jpeg-worker.ts'
  : './decode-jpeg-worker.js';
const PAGE_BYTES = 64 * 1024;

/**
 * A thread that decodes one picture at a time. Its memory is shared with it: the file is copied straight
 * to where the decoder reads it, and stays the caller's. Of its 32 MiB only what was once used is
 * really taken. An idle one keeps no process alive.
 */
export class DecoderThread {
  readonly #memory: WebAssembly.Memory;
  readonly #worker: Worker;
  #settle: (isWhole: boolean) => void = () => {};
  #ended = false;

  constructor(module: WebAssembly.Module) {
    const pages = MEMORY_BYTES / PAGE_BYTES;
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const workerData: DecoderThreadData = { module, memory: this.#memory };
    // Flags of the process may be such as no file is started with.
    const options = { name: 'decode', workerData, execArgv: [] };
    this.#worker = new Worker(new URL(WORKER_FILE, import.meta.url), options);
    this.#worker.on('message', (isWhole: boolean) => this.#settle(isWhole));
    this.#worker.on('error', () => this.#end());
    this.#worker.on('exit', () => this.#end());
    this.#worker.unref();
  }

  /** It failed in a way that a thread does not survive, and takes no other picture. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Writes a file's pixels as planned; false when it is broken, or the thread is. */
  async decode(bytes: Uint8Array, plan: DecodingPlan, pixels: SharedPixels): Promise<boolean> {
    if (this.#ended) return false;
    new Uint8Array(this.#memory.buffer).set(bytes, FILE_ADDRESS);
    this.#worker.ref();
    try {
      return await new Promise((settle) => {
        this.#settle = settle;
        this.#worker.postMessage({ plan, pixels } satisfies DecoderRequest);
      });
    } finally {
      this.#worker.unref();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#settle(false);
  }
}
