import Table from 'cli-table3';
import { type Lap, overheadOf, type RunCost } from './lap.ts';
import type { BucketName } from './make-photos.ts';
import { median } from './median.ts';

/** What was measured, in medians over the laps. */
export interface Report {
  readonly machine: { readonly cores: number; readonly processor: string; readonly node: string };
  readonly model: string;
  readonly sizes: readonly SizeReport[];
}

/** One bucket's. Costs are ms of processor time a photo; ratios are medians of the laps' own ratios. */
export interface SizeReport {
  readonly name: BucketName;
  readonly decodeMs: number;
  readonly bareDecodeMs: number;
  readonly modelMs: number;
  readonly photos: number;
  /** From a folder and from S3. */
  readonly overhead: Readonly<Record<string, ReturnType<typeof overheadOf>>>;
  readonly runs: Readonly<Record<string, RunCost>>;
  /** A run that has nothing to do: ms of processor time in all. */
  readonly nothingMs: number;
  /** nightjar's photos a second by each peer's, and the same for processor time. */
  readonly ahead: Readonly<Record<string, { readonly speed: number; readonly cpu: number }>>;
}

/** The laps over a bucket. */
export interface Bucket {
  readonly photos: number;
  readonly laps: readonly Lap[];
}

/** Medians of laps. */
export function summarise({
  machine,
  model,
  sizes,
}: Pick<Report, 'machine' | 'model'> & { sizes: ReadonlyMap<BucketName, Bucket> }): Report {
  return {
    machine,
    model,
    sizes: [...sizes].map(([name, { photos, laps }]) => summariseSize(name, photos, laps)),
  };
}

function summariseSize(name: BucketName, photos: number, laps: readonly Lap[]): SizeReport {
  const over = (pick: (lap: Lap) => number) => median(laps.map(pick));
  const [first] = laps;
  if (!first) throw new Error('no lap');
  const kinds = Object.keys(first.runs) as (keyof Lap['runs'])[];
  const peerNames = Object.keys(first.peers) as (keyof Lap['peers'])[];
  const kindOf = (peer: string) => peer.split(' ')[1] as 'folder' | 's3';
  const runs: Record<string, RunCost> = {};
  for (const kind of kinds) runs[kind] = medianCost(laps.map((lap) => lap.runs[kind] as RunCost));
  for (const peer of peerNames)
    runs[peer] = medianCost(laps.map((lap) => lap.peers[peer] as RunCost));
  const overhead = (kind: 'folder' | 's3') => ({
    whole: over((lap) => overheadOf(lap, kind, photos).whole),
    afterStart: over((lap) => overheadOf(lap, kind, photos).afterStart),
  });
  const ratio = (lap: Lap, peer: keyof Lap['peers'], of: 'photosPerSecond' | 'cpuMs') => {
    const [ours, theirs] = [lap.runs[kindOf(peer)]?.[of] ?? 0, lap.peers[peer]?.[of] ?? 0];
    return of === 'cpuMs' ? theirs / ours : ours / theirs;
  };
  return {
    name,
    photos,
    decodeMs: over((lap) => lap.decode.cpuMs),
    bareDecodeMs: over((lap) => lap.bareDecode.cpuMs),
    modelMs: over((lap) => lap.model.cpuMs),
    overhead: Object.fromEntries(kinds.map((kind) => [kind, overhead(kind)])),
    runs,
    nothingMs: over((lap) => lap.nothingMs),
    ahead: Object.fromEntries(
      peerNames.map((peer) => [
        peer,
        {
          speed: over((lap) => ratio(lap, peer, 'photosPerSecond')),
          cpu: over((lap) => ratio(lap, peer, 'cpuMs')),
        },
      ]),
    ),
  };
}

/** Each figure's own median. */
function medianCost(costs: readonly RunCost[]): RunCost {
  const over = (pick: (cost: RunCost) => number) => median(costs.map(pick));
  return {
    cpuMs: over((cost) => cost.cpuMs),
    photosPerSecond: over((cost) => cost.photosPerSecond),
    utilisation: over((cost) => cost.utilisation),
    peakBytes: over((cost) => cost.peakBytes),
    bytesPer1000Photos: over((cost) => cost.bytesPer1000Photos),
    threadMs: {
      main: over(({ threadMs }) => threadMs.main),
      read: over(({ threadMs }) => threadMs.read),
      decode: over(({ threadMs }) => threadMs.decode),
      model: over(({ threadMs }) => threadMs.model),
      engine: over(({ threadMs }) => threadMs.engine),
    },
    postgresMs: over((cost) => cost.postgresMs),
    s3Ms: over((cost) => cost.s3Ms),
  };
}

/** As tables for people. */
export function printReport({ machine, model, sizes }: Report): void {
  console.log(`${machine.cores} cores, ${machine.processor}, Node ${machine.node}, ${model}`);
  console.log('\nCPU ms a photo: the floor, and a whole run over it');
  const floor = createTable([
    ...['MP', 'photos', 'sharp', 'decode', 'model', 'folder', 'overhead', 'after start'],
    ...['S3', 'overhead', 'after start', 'start, ms'],
  ]);
  for (const {
    name,
    photos,
    bareDecodeMs,
    decodeMs,
    modelMs,
    runs,
    overhead,
    nothingMs,
  } of sizes) {
    const { folder, s3 } = overhead;
    floor.push([
      ...[name, String(photos)],
      ...[bareDecodeMs, decodeMs, modelMs].map(two),
      ...[runs.folder?.cpuMs, folder?.whole, folder?.afterStart].map(two),
      ...[runs.s3?.cpuMs, s3?.whole, s3?.afterStart].map(two),
      nothingMs.toFixed(0),
    ]);
  }
  console.log(floor.toString());
  console.log('\nWhole programs');
  const programs = createTable([
    ...['MP', 'program', 'photos/s', 'CPU ms', 'in use', 'peak MiB', 'MiB per 1000'],
    ...['main', 'read', 'decode', 'model', 'engine', 'PostgreSQL', 'S3'],
  ]);
  for (const { name, runs } of sizes) {
    for (const [program, cost] of Object.entries(runs)) programs.push(rowOf(name, program, cost));
  }
  console.log(programs.toString());
  const ahead = sizes.flatMap((size) =>
    Object.entries(size.ahead).map(([peer, { speed, cpu }]) => [
      size.name,
      peer,
      two(speed),
      two(cpu),
    ]),
  );
  if (ahead.length === 0) return;
  console.log('\nnightjar by each peer: photos a second, and the peer’s CPU by nightjar’s');
  const peers = createTable(['MP', 'peer', 'speed', 'CPU']);
  peers.push(...ahead);
  console.log(peers.toString());
}

function rowOf(name: string, program: string, cost: RunCost): string[] {
  const isOurs = program === 'folder' || program === 's3';
  const { main, read, decode, model, engine } = cost.threadMs;
  // What threads do is known of ours alone.
  const threads = isOurs ? [main, read, decode, model, engine].map(two) : Array(5).fill('');
  return [
    ...[name, isOurs ? `nightjar ${program}` : program],
    ...[cost.photosPerSecond.toFixed(1), two(cost.cpuMs), two(cost.utilisation)],
    ...[cost.peakBytes / 2 ** 20, cost.bytesPer1000Photos / 2 ** 20].map((n) => n.toFixed(1)),
    ...threads,
    ...[two(cost.postgresMs), two(cost.s3Ms)],
  ];
}

function two(value = Number.NaN): string {
  return Number.isNaN(value) ? '–' : value.toFixed(2);
}

function createTable(head: string[]): Table.Table {
  const colAligns = head.map((_, at) => (at === 0 ? 'left' : 'right') as 'left' | 'right');
  return new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
}
