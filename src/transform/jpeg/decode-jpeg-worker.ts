import { parentPort, workerData } from 'node:worker_threads';
import { type DecodingPlan, FILE_ADDRESS } from './plan-decoding.ts';
import { type DecoderExports, runPlan } from './run-plan.ts';
import { turnUpright } from './turn-upright.ts';

/** What a decoder thread is started with. */
export interface DecoderThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

const { module, memory } = workerData as DecoderThreadData;
const instance = new WebAssembly.Instance(module, { env: { memory } });
const decoder = instance.exports as DecoderExports;
if (decoder.freeFrom() > FILE_ADDRESS) {
  throw new Error(
    `Expected memory from ${FILE_ADDRESS} on but it is free from ${decoder.freeFrom()}`,
  );
}

parentPort?.on('message', (plan: DecodingPlan) => {
  const pixels = decode(plan);
  parentPort?.postMessage(pixels, pixels ? [pixels.buffer] : []);
});

function decode(plan: DecodingPlan): Uint8Array<ArrayBuffer> | null {
  try {
    const pixels = runPlan(plan, decoder, memory);
    return pixels && turnUpright(pixels, plan);
  } catch {
    // It trapped, or there was no memory for the pixels: sharp has the last word, and says why.
    return null;
  }
}
