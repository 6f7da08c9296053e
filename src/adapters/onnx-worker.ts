import { parentPort, workerData } from 'node:worker_threads';
import { getFloat16 } from '@petamoriken/float16';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../domain/errors.ts';
import { activate } from '../model/activation.ts';
import { fixedBatchOf } from '../model/fixed-batch.ts';
import {
  allocate,
  createPixelTable,
  packPixels,
  type TensorData,
  toFloat16Bits,
} from '../model/pack-tensor.ts';
import { CLOSE, type OnnxReply, type OnnxRequest, type OnnxWorkerData } from './onnx-protocol.ts';

// onnxruntime-common takes the runtime's own Float16Array where there is one, which the native
// binding does not know; without it, float16 tensors are Uint16Array, in and out.
Reflect.deleteProperty(globalThis, 'Float16Array');
const ort = await import('onnxruntime-node');

const { modelPath, manifest, labelCount } = workerData as OnnxWorkerData;
const { input, output, regional } = manifest;
const table = createPixelTable(input);
/**
 * What goes into one call of the model, in bytes of float32. Between its layers a network holds some ten times as
 * much; one picture of 224 × 224 leaves that in the processor's cache, eight do not: 10% more time and
 * 130 MB more memory.
 */
const CALL_BYTES = 640 * 1024;
const photosPerCall = Math.max(1, Math.floor(CALL_BYTES / (input.width * input.height * 3 * 4)));
/** The input of the call before, mostly of the same size: clearing a new one costs as much as filling it. */
let room: TensorData = allocate(input.dtype, 0);
const port = parentPort;
if (!port) throw new Error('onnx-worker runs as a worker thread only');

try {
  const session = await ort.InferenceSession.create(modelPath, {
    executionProviders: ['cpu'],
    // One thread a worker: two workers of one thread beat one worker of two, and nothing spins.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // What goes wrong is thrown; printed as well, it would stand between the lines of the log.
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const inputs = session.inputMetadata.map(describe);
  const fixedBatch = fixedBatchOf(manifest, inputs);
  port.on('message', (request: OnnxRequest | typeof CLOSE) =>
    request === CLOSE ? port.close() : answer(session, fixedBatch, request),
  );
  send({ type: 'ready', inputs, outputs: session.outputMetadata.map(describe) });
} catch (error) {
  send({ type: 'broken', message: messageOf(error) });
}

function describe(metadata: InferenceSession.ValueMetadata) {
  return metadata.isTensor
    ? { name: metadata.name, dtype: metadata.type, shape: metadata.shape }
    : { name: metadata.name, dtype: 'not a tensor', shape: [] };
}

function send(reply: OnnxReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer);
}

async function answer(
  session: InferenceSession,
  fixedBatch: number | null,
  request: OnnxRequest,
): Promise<void> {
  try {
    const count = request.pixels.length;
    const scores = new Float32Array(count * labelCount);
    for (let from = 0, size = 0; from < count; from += size) {
      size = fixedBatch ?? Math.min(count - from, photosPerCall);
      const rows = await runChunk(session, request, from, size);
      scores.set(rows.subarray(0, Math.min(size, count - from) * labelCount), from * labelCount);
    }
    const activation = request.raw ? 'none' : output.activation;
    for (let row = 0; row < count; row++) {
      activate(scores.subarray(row * labelCount, (row + 1) * labelCount), activation);
    }
    send({ type: 'scores', ids: request.ids, scores }, [scores.buffer]);
  } catch (error) {
    send({ type: 'failed', message: messageOf(error) });
  }
}

/** One call of the model over rows `from` to `from + size`; rows past the end stay zero. */
async function runChunk(
  session: InferenceSession,
  request: OnnxRequest,
  from: number,
  size: number,
): Promise<Float32Array> {
  const chunk = request.pixels.slice(from, from + size);
  const data = takeRoom(size * input.width * input.height * 3);
  for (const [row, pixels] of chunk.entries()) packPixels(pixels, input, table, data, row);
  data.fill(0, chunk.length * input.width * input.height * 3);
  const shape =
    input.layout === 'NCHW'
      ? [size, 3, input.height, input.width]
      : [size, input.height, input.width, 3];
  const feeds: Record<string, Tensor> = { [input.name]: new ort.Tensor(input.dtype, data, shape) };
  if (regional) feeds[regional.name] = packRegional(session, request, from, size);
  const result = (await session.run(feeds, [output.name]))[output.name];
  if (!result) throw new Error(`the model gave no output "${output.name}"`);
  const rows = toFloat32(result);
  result.dispose();
  if (rows.length !== size * labelCount) {
    throw new Error(`expected ${size} × ${labelCount} scores but the model gave ${rows.length}`);
  }
  return rows;
}

/** Room for a batch; what the one before left is still in it. */
function takeRoom(length: number): TensorData {
  if (room.length < length) room = allocate(input.dtype, length);
  return room.length === length ? room : room.subarray(0, length);
}

function packRegional(
  session: InferenceSession,
  request: OnnxRequest,
  from: number,
  size: number,
): Tensor {
  const neutral = regional?.unsurveyed ?? 1;
  const values = new Float32Array(size * labelCount).fill(neutral);
  for (const [row, presence] of request.presences.slice(from, from + size).entries()) {
    if (!presence) continue;
    if (presence.length !== labelCount) {
      throw new RangeError(`Expected ${labelCount} presences but received ${presence.length}`);
    }
    const known = presence.map((value) => (Number.isNaN(value) ? neutral : value));
    values.set(known, row * labelCount);
  }
  const metadata = session.inputMetadata.find(({ name }) => name === regional?.name);
  const half = metadata?.isTensor && metadata.type === 'float16';
  const shape = [size, labelCount];
  return half
    ? new ort.Tensor('float16', Uint16Array.from(values, toFloat16Bits), shape)
    : new ort.Tensor('float32', values, shape);
}

/** Whatever number type the scores came in; uint8 scores are quantised over 0–1. */
function toFloat32(tensor: Tensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data.slice();
  if (data instanceof Uint8Array) return Float32Array.from(data, (value) => value / 255);
  if (data instanceof Uint16Array) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return Float32Array.from(data, (_, at) => getFloat16(view, at * 2, true));
  }
  throw new Error(`expected float32, float16 or uint8 scores but the model gave ${tensor.type}`);
}
