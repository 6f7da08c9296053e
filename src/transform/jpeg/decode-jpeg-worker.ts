import { parentPort, workerData } from 'node:worker_threads';
import type { SharedPixels } from '../../domain/pixels.ts';
import { type DecodingPlan, FILE_ADDRESS } from './plan-decoding.ts';
import { type DecoderExports, runPlan } from './run-plan.ts';
import { turnUpright } from './turn-upright.ts';

/** What a decoder thread is started with. */
export interface DecoderThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** Asks for the pixels of the file that lies in the memory. */
export interface DecoderRequest {
  readonly plan: DecodingPlan;
  /** Where to. */
  readonly pixels: SharedPixels;
}

const { module, memory } = workerData as DecoderThreadData;
const instance = new WebAssembly.Instance(module, { env: { memory } });
const decoder = instance.exports as DecoderExports;
if (decoder.freeFrom() > FILE_ADDRESS) {
  throw new Error(
    `Expected memory from ${FILE_ADDRESS} on but it is free from ${decoder.freeFrom()}`,
  );
}

parentPort?.on('message', (request: DecoderRequest) => parentPort?.postMessage(decode(request)));

function decode({ plan, pixels }: DecoderRequest): boolean {
  try {
    const stored = runPlan(plan, decoder, memory);
    if (stored) turnUpright(stored, plan, pixels);
    return stored !== null;
  } catch {
    // It trapped: sharp has the last word, and says why.
    return false;
  }
}
