import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

// The floor of inference, in a process of its own: one session of one thread for each core, over and
// over on the same tensor. --model F --batch B --photos N [--workers W]; prints one line of JSON.
if (isMainThread) await measureModel();
else await work();

/** What a thread is started with. */
interface ModelWork {
  readonly model: string;
  readonly batch: number;
}

async function measureModel(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      model: { type: 'string', default: '' },
      batch: { type: 'string', default: '8' },
      photos: { type: 'string', default: '100' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const batch = Number(flags.batch);
  const workers = Number(flags.workers);
  const calls = Math.ceil(Number(flags.photos) / batch / workers);
  const work: ModelWork = { model: flags.model, batch };
  const threads = Array.from(
    { length: workers },
    () => new Worker(new URL(import.meta.url), { workerData: work }),
  );
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const runAll = (count: number) =>
    Promise.all(
      threads.map((thread) => {
        thread.postMessage(count);
        return once(thread, 'message');
      }),
    );
  await runAll(2); // warms up
  const before = process.cpuUsage();
  const start = performance.now();
  await runAll(calls);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  const photos = calls * batch * workers;
  console.log(JSON.stringify({ photos, cpuMs: (user + system) / 1000, seconds }));
  process.exit();
}

async function work(): Promise<void> {
  const { model, batch } = workerData as ModelWork;
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(await readFile(model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const feeds = Object.fromEntries(
    session.inputMetadata.map((input) => [input.name, fill(ort, input, batch)]),
  );
  parentPort?.on('message', async (calls: number) => {
    for (let n = 0; n < calls; n++) {
      const results = await session.run(feeds);
      for (const tensor of Object.values(results)) tensor.dispose();
    }
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage('ready');
}

/** A tensor as the model wants it, of numbers that are not all the same. */
function fill(
  ort: typeof import('onnxruntime-node'),
  input: InferenceSession.ValueMetadata,
  batch: number,
): Tensor {
  if (!input.isTensor) throw new Error(`Expected a tensor for ${input.name}`);
  const shape = input.shape.map((n, at) => (typeof n === 'number' ? n : at === 0 ? batch : 1));
  const length = shape.reduce((product, n) => product * n, 1);
  const data = input.type === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
  for (let n = 0; n < length; n++) data[n] = input.type === 'uint8' ? n % 251 : Math.sin(n);
  return new ort.Tensor(input.type as 'float32', data as Float32Array, shape);
}
