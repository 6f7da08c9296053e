import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { NightjarError } from '../domain/errors.ts';
import { settleScores } from '../model/activation.ts';
import { fixedBatchOf } from '../model/fixed-batch.ts';
import { compareWithFile } from '../model/manifest.ts';
import { type Classifier, ModelRunError, type PixelBatch } from '../ports.ts';
import type { ModelPackage } from './model-package.ts';
import { CLOSE, type OnnxReply, type OnnxRequest, type OnnxWorkerData } from './onnx-protocol.ts';

type Ready = Extract<OnnxReply, { type: 'ready' }>;

/** How many inference workers, each with one thread and its own copy of the weights. */
export interface OnnxOptions {
  /** Default 1; sensible up to the number of cores. */
  readonly workers?: number;
}

/**
 * Opens a model package for inference in worker threads: checks the manifest against the file's own
 * metadata and lets the model answer once, before any photo is read.
 *
 * @throws MODEL_INVALID with everything that does not fit
 */
export async function openOnnxClassifier(
  model: ModelPackage,
  { workers = 1 }: OnnxOptions = {},
): Promise<Classifier> {
  const opening = Array.from({ length: Math.max(1, workers) }, () => OnnxWorker.open(model));
  const opened = await Promise.allSettled(opening);
  const pool = opened.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const classifier = new OnnxClassifier(model, pool);
  try {
    const [first] = await Promise.all(opening); // or its fault
    if (!first) throw new Error('no inference worker was opened');
    checkMetadata(model, first.metadata);
    await probe(model, first);
  } catch (error) {
    await classifier.close();
    throw error;
  }
  return classifier;
}

/** Photos that are worth a message to a worker, at least. */
const MIN_SLICE = 4;

class OnnxClassifier implements Classifier {
  readonly input;
  readonly parallelism;
  readonly #labelCount: number;
  readonly #step: number;
  readonly #workers: readonly OnnxWorker[];
  readonly #idle: OnnxWorker[];
  readonly #waiting: ((worker: OnnxWorker) => void)[] = [];

  constructor(model: ModelPackage, workers: readonly OnnxWorker[]) {
    this.input = model.manifest.input;
    this.parallelism = workers.length;
    this.#labelCount = model.labels.length;
    const inputs = workers[0]?.metadata.inputs ?? [];
    this.#step = fixedBatchOf(model.manifest, inputs) ?? 1;
    this.#workers = workers;
    this.#idle = [...workers];
  }

  async classify(batch: PixelBatch): Promise<Float32Array[]> {
    const { ids, pixels, presences } = batch;
    if (pixels.length !== ids.length || presences.length !== ids.length) {
      throw new RangeError(
        `Expected pixels and presences for ${ids.length} photos but received ${pixels.length} and ${presences.length}`,
      );
    }
    // All are waited for, also when one fails: until then, somebody reads the pixels.
    const slices = sliceBatch(
      batch,
      Math.max(MIN_SLICE, ids.length / this.parallelism),
      this.#step,
    );
    const settled = await Promise.allSettled(slices.map((slice) => this.#run(slice)));
    return settled.flatMap((slice) => {
      if (slice.status === 'rejected') throw slice.reason;
      return slice.value;
    });
  }

  async #run(slice: PixelBatch): Promise<Float32Array[]> {
    const worker =
      this.#idle.pop() ?? (await new Promise<OnnxWorker>((resolve) => this.#waiting.push(resolve)));
    try {
      const scores = await worker.run(slice);
      return slice.ids.map((_, row) =>
        scores.subarray(row * this.#labelCount, (row + 1) * this.#labelCount),
      );
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/**
 * A batch in parts, so that all workers have some of it: the first predictions come sooner, and at the end none
 * works on alone.
 *
 * @param photos of a part, about
 * @param step of which each part but the last is a multiple: the model's fixed batch, or 1
 */
function sliceBatch({ ids, pixels, presences }: PixelBatch, photos: number, step: number) {
  const size = Math.ceil(photos / step) * step;
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, part): PixelBatch => {
    const [from, to] = [part * size, (part + 1) * size];
    return {
      ids: ids.slice(from, to),
      pixels: pixels.slice(from, to),
      presences: presences.slice(from, to),
    };
  });
}

/** One worker thread with one session for its whole life: creating and releasing sessions leaks. */
class OnnxWorker {
  readonly metadata: Ready;
  readonly #thread: Worker;
  #settle: { resolve(reply: OnnxReply): void; reject(error: Error): void } | null = null;
  #dead: Error | null = null;

  static async open(model: ModelPackage): Promise<OnnxWorker> {
    const thread = startThread({
      modelPath: model.modelPath,
      manifest: model.manifest,
      labelCount: model.labels.length,
    });
    const reply = await new Promise<OnnxReply>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
    });
    if (reply.type === 'ready') return new OnnxWorker(thread, reply);
    await end(thread);
    throw new NightjarError(
      'MODEL_INVALID',
      `Expected an ONNX model at ${model.modelPath} but: ${'message' in reply ? reply.message : reply.type}`,
    );
  }

  constructor(thread: Worker, metadata: Ready) {
    this.metadata = metadata;
    this.#thread = thread;
    thread.on('message', (reply: OnnxReply) => this.#settle?.resolve(reply));
    thread.on('error', (error) => this.#die(error));
    thread.on('exit', (code) => this.#die(new Error(`inference worker ended with code ${code}`)));
  }

  /** Scores `[ids, labels]` of one batch. Never called again before it has settled. */
  async run(batch: OnnxRequest): Promise<Float32Array> {
    if (this.#dead) throw this.#dead;
    const reply = await new Promise<OnnxReply>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#thread.postMessage(batch);
    });
    this.#settle = null;
    if (reply.type === 'failed') throw new ModelRunError(reply.message);
    if (reply.type !== 'scores') throw new Error(`unexpected reply "${reply.type}"`);
    if (reply.ids.some((id, row) => id !== batch.ids[row])) {
      throw new Error('the inference worker answered for other photos than it was asked about');
    }
    return reply.scores;
  }

  async close(): Promise<void> {
    this.#dead = new Error('the inference worker is closed');
    await end(this.#thread);
  }

  #die(cause: Error): void {
    this.#dead ??= new NightjarError('MODEL_FAILED', `Inference stopped: ${cause.message}`, {
      cause,
    });
    this.#settle?.reject(this.#dead);
  }
}

/** A model that is still at it after so long is not waited for. */
const END_TIMEOUT_MS = 20_000;

/**
 * Lets a thread end by itself: one that is terminated while it is inside onnxruntime throws where
 * nobody can catch it, and takes the process along.
 */
async function end(thread: Worker): Promise<void> {
  if (thread.threadId === -1) return; // it has ended before
  const ended = once(thread, 'exit');
  thread.postMessage(CLOSE);
  const impatience = setTimeout(() => thread.terminate(), END_TIMEOUT_MS);
  await ended.catch(() => {}); // an error ends it as well
  clearTimeout(impatience);
}

function startThread(workerData: OnnxWorkerData): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./onnx-worker.${extension}`, import.meta.url), {
    name: 'model',
    workerData,
  });
}

function checkMetadata(model: ModelPackage, { inputs, outputs }: Ready): void {
  const problems = compareWithFile(model.manifest, model.labels.length, { inputs, outputs });
  if (problems.length > 0) throw invalid(model, problems);
}

/** Lets the model look at a grey and a black picture: it must answer, and as its manifest says. */
async function probe(model: ModelPackage, worker: OnnxWorker): Promise<void> {
  const size = model.manifest.input.width * model.manifest.input.height * 3;
  const request: OnnxRequest = {
    ids: ['grey', 'black'],
    pixels: [new Uint8Array(size).fill(128), new Uint8Array(size)],
    presences: [null, null],
    raw: true,
  };
  const outputs = await worker.run(request).catch((error: Error) => {
    throw invalid(model, [`a trial run failed: ${error.message}`]);
  });
  const problem = judgeActivation(model.manifest.output.activation, [
    outputs.subarray(0, model.labels.length),
    outputs.subarray(model.labels.length),
  ]);
  if (problem) throw invalid(model, [`output.activation: ${problem}`]);
}

/** Sums of probabilities in half precision stray this far from 1. */
const SUM_TOLERANCE = 5e-3;

function judgeActivation(activation: string, rows: readonly Float32Array[]): string | null {
  const within = rows.every((row) => settleScores(row.slice()));
  const sumToOne = rows.every(
    (row) => Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < SUM_TOLERANCE,
  );
  if (activation === 'none') {
    return within ? null : 'the file gives logits, not scores within 0–1: say softmax or sigmoid';
  }
  // A softmax over probabilities would not fail, it would quietly make every score nearly equal.
  return within && sumToOne && (rows[0]?.length ?? 0) > 1
    ? `the file gives probabilities already, and ${activation} would flatten them: say none`
    : null;
}

function invalid(model: ModelPackage, problems: readonly string[]): NightjarError {
  const { name, version } = model.manifest;
  return new NightjarError(
    'MODEL_INVALID',
    `The manifest of ${name}@${version} does not fit ${model.modelPath}:\n${problems
      .map((problem) => `  ${problem}`)
      .join('\n')}`,
  );
}
