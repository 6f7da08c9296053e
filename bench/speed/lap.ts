import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ModelInput } from '../../src/domain/model.ts';
import { type Measured, measure } from './measure.ts';
import { PEER_TABLE, type Peer, type PeerName } from './peers.ts';
import { type SourceKind, type Stage, writeJob } from './stage.ts';

/** A floor, or a run, for one photo. */
export interface Cost {
  /** Processor time a photo, ms. */
  readonly cpuMs: number;
  readonly photosPerSecond: number;
}

/** A whole program over a bucket. */
export interface RunCost extends Cost {
  /** Of all cores, how much was in use: processor time / (seconds × cores). */
  readonly utilisation: number;
  readonly peakBytes: number;
  readonly bytesPer1000Photos: number;
  /** Processor time a photo by kind of thread, ms. */
  readonly threadMs: Measured['threadMs'];
  /** Processor time a photo of the servers beside it, ms. */
  readonly postgresMs: number;
  readonly s3Ms: number;
}

/** Everything measured once, one after the other. */
export interface Lap {
  readonly decode: Cost;
  readonly bareDecode: Cost;
  readonly model: Cost;
  /** A run that has nothing to do: processor time in all, ms. */
  readonly nothingMs: number;
  readonly runs: Partial<Record<SourceKind, RunCost>>;
  readonly peers: Partial<Record<`${PeerName} ${SourceKind}`, RunCost>>;
}

/**
 * How much of a run is neither decoding nor inference: CPU(run) / (CPU(decode alone) + CPU(model alone)).
 * With its start, which 20,000 photos share as well as 200, and without.
 */
export function overheadOf(
  lap: Lap,
  kind: SourceKind,
  photos: number,
): { readonly whole: number; readonly afterStart: number } {
  const floor = lap.decode.cpuMs + lap.model.cpuMs;
  const spent = lap.runs[kind]?.cpuMs ?? Number.NaN;
  return { whole: spent / floor, afterStart: (spent - lap.nothingMs / photos) / floor };
}

/** What a lap goes over. */
export interface LapOptions {
  readonly stage: Stage;
  /** The bucket's. */
  readonly name: string;
  readonly photos: number;
  /** The model package's. */
  readonly folder: string;
  readonly modelName: string;
  readonly input: ModelInput;
  /** Photos in a call of the model alone. */
  readonly batch: number;
  readonly withS3: boolean;
  /** nightjar's own file. */
  readonly entry: string;
  readonly peers: readonly Peer[];
  say(what: string): void;
}

/** Decoding alone, the model alone, a run that has everything to do and one that has nothing, the peers. */
export async function runLap(options: LapOptions): Promise<Lap> {
  const { stage, name, photos, folder, input, batch, withS3, say } = options;
  const inFolder = ['--folder', join(stage.cwd, name), '--photos', String(photos)];
  const decodeArgs = [...inFolder, '--input', JSON.stringify(input)];
  const decode = await measureFloor('decode-alone', decodeArgs);
  const bareDecode = await measureFloor('decode-alone', [...decodeArgs, '--bare']);
  const model = await measureFloor('model-alone', [
    ...['--model', join(folder, 'model.onnx'), '--batch', String(batch)],
    ...['--photos', String(photos)],
  ]);
  say(
    `${name}: decoding ${decode.cpuMs.toFixed(2)} (sharp alone ${bareDecode.cpuMs.toFixed(2)}), model ${model.cpuMs.toFixed(2)} ms of CPU`,
  );
  const runs: Partial<Record<SourceKind, RunCost>> = {};
  let nothingMs = 0;
  for (const kind of withS3 ? (['folder', 's3'] as const) : (['folder'] as const)) {
    const measured = await measureRun(kind, options);
    runs[kind] = measured.first;
    if (kind === 'folder') nothingMs = measured.second.cpuMs * photos;
    say(
      `${name}: run from ${kind} ${measured.first.cpuMs.toFixed(2)} ms, ${measured.first.photosPerSecond.toFixed(1)} photos/s`,
    );
  }
  return { decode, bareDecode, model, nothingMs, runs, peers: await measurePeers(options) };
}

async function measureFloor(program: string, args: readonly string[]): Promise<Cost> {
  const file = join(import.meta.dirname, `${program}.ts`);
  const { stdout } = await measure({ command: process.execPath, args: [file, ...args] });
  const { photos, cpuMs, seconds } = JSON.parse(stdout);
  return { cpuMs: cpuMs / photos, photosPerSecond: photos / seconds };
}

/** The first run has everything to do, the second nothing. */
async function measureRun(
  kind: SourceKind,
  { stage, name, photos, modelName, entry }: LapOptions,
): Promise<{ first: RunCost; second: RunCost }> {
  const url = await stage.createDatabase();
  await writeJob(stage.cwd, stage.urlOf(kind, name), modelName);
  const run = () =>
    measureProgram(stage, photos, {
      command: process.execPath,
      args: [entry, 'run', '--job', 'bench', '--json'],
      cwd: stage.cwd,
      env: { ...stage.s3Env, DATABASE_URL: url },
    });
  const first = await run();
  const { predicted } = JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '{}');
  if (predicted !== photos) throw new Error(`Expected ${photos} predictions: ${first.stdout}`);
  const second = await run();
  await stage.dropDatabase(url);
  return { first: first.cost, second: second.cost };
}

async function measurePeers({ stage, name, photos, peers, withS3, say }: LapOptions) {
  const costs: Lap['peers'] = {};
  for (const peer of peers) {
    for (const kind of withS3 && peer.readsS3
      ? (['folder', 's3'] as const)
      : (['folder'] as const)) {
      const database = await stage.createDatabase();
      await stage.query(database, PEER_TABLE);
      const { cost } = await measureProgram(
        stage,
        photos,
        peer.program({
          source: stage.urlOf(kind, name),
          database,
          model: join(stage.cwd, 'peer-model'),
          env: stage.s3Env,
        }),
      );
      const [row] = await stage.query(
        database,
        'select count(*)::integer as n from peer_predictions',
      );
      if (row?.n !== photos) throw new Error(`${peer.name} wrote ${row?.n} rows of ${photos}`);
      await stage.dropDatabase(database);
      const unknown = { cpuMs: Number.NaN, utilisation: Number.NaN };
      costs[`${peer.name} ${kind}`] = peer.endsWhole ? cost : { ...cost, ...unknown };
      say(
        `${name}: ${peer.name} from ${kind} ${cost.cpuMs.toFixed(2)} ms, ${cost.photosPerSecond.toFixed(1)} photos/s`,
      );
    }
  }
  return costs;
}

async function measureProgram(
  stage: Stage,
  photos: number,
  program: Parameters<typeof measure>[0],
): Promise<{ cost: RunCost; stdout: string }> {
  const before = stage.readServers();
  const measured = await measure(program);
  const after = stage.readServers();
  return { cost: toCost(measured, photos, before, after), stdout: measured.stdout };
}

function toCost(
  measured: Measured,
  photos: number,
  before: ReturnType<Stage['readServers']>,
  after: ReturnType<Stage['readServers']>,
): RunCost {
  const { seconds, cpuMs, peakBytes, bytesPerSecond } = measured;
  const each = (ms: number) => ms / photos;
  const { main, read, decode, model, engine } = measured.threadMs;
  return {
    cpuMs: each(cpuMs),
    photosPerSecond: photos / seconds,
    utilisation: cpuMs / 1000 / seconds / availableParallelism(),
    peakBytes,
    bytesPer1000Photos: (bytesPerSecond * seconds * 1000) / photos,
    threadMs: {
      main: each(main),
      read: each(read),
      decode: each(decode),
      model: each(model),
      engine: each(engine),
    },
    postgresMs: each(after.postgres - before.postgres),
    s3Ms: each(after.s3 - before.s3),
  };
}
