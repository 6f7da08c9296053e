import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from './measure.ts';

const PEERS = resolve('bench/peers');

/** Another program that does the same job. */
export interface Peer {
  readonly name: PeerName;
  /** Whether it reads from an S3 server. */
  readonly readsS3: boolean;
  /** Whether all its processes end before it does: of others the processor time is not known. */
  readonly endsWhole: boolean;
  /** Installs what it needs, the first time. */
  prepare(): Promise<void>;
  /** @param source folder or `s3://` URL; `database` has an empty table `peer_predictions` */
  program(job: PeerJob): Program;
}

export const PEER_NAMES = ['python', 'ray', 'transformers'] as const;
/** What the peers are called on the command line. */
export type PeerName = (typeof PEER_NAMES)[number];

/** What a peer is to do. */
export interface PeerJob {
  readonly source: string;
  readonly database: string;
  /** Folder of a model package. */
  readonly model: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The table that each peer fills: what nightjar keeps of a photo and its prediction. */
export const PEER_TABLE = `create table peer_predictions (
  key text primary key, size bigint not null, content_sha256 bytea not null,
  captured_at text, latitude double precision, longitude double precision,
  label text not null, score real not null, top jsonb not null)`;

const python = (name: 'python' | 'ray', readsS3: boolean): Peer => {
  const folder = join(PEERS, name);
  const interpreter = join(folder, '.venv/bin/python');
  return {
    name,
    readsS3,
    endsWhole: name !== 'ray', // its workers are daemons
    async prepare() {
      if (existsSync(interpreter)) return;
      const run = promisify(execFile);
      await run('python3', ['-m', 'venv', join(folder, '.venv')]);
      const install = ['-m', 'pip', 'install', '--quiet', '-r', join(folder, 'requirements.txt')];
      await run(interpreter, install);
    },
    program: (job) => ({
      command: interpreter,
      args: [join(folder, 'classify.py'), ...argsOf(job)],
      env: job.env,
    }),
  };
};

const transformers: Peer = {
  name: 'transformers',
  readsS3: true,
  endsWhole: true,
  async prepare() {
    const folder = join(PEERS, 'transformers');
    if (existsSync(join(folder, 'node_modules'))) return;
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit'], { cwd: folder });
  },
  program: (job) => ({
    command: process.execPath,
    args: [join(PEERS, 'transformers/classify.js'), ...argsOf(job)],
    env: job.env,
  }),
};

/** By name. */
export const peers: Readonly<Record<PeerName, Peer>> = {
  python: python('python', true),
  ray: python('ray', false),
  transformers,
};

function argsOf({ source, database, model }: PeerJob): string[] {
  const workers = String(availableParallelism());
  return ['--source', source, '--database', database, '--model', model, '--workers', workers];
}

/**
 * Makes of a package what its peers take: the model with a `config.json` and a
 * `preprocessor_config.json` as transformers.js reads them, and the labels a line each.
 */
export async function describeForPeers(model: string, folder: string): Promise<void> {
  const { input, output } = JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8'));
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await symlink(join(model, 'model.onnx'), join(folder, 'onnx', 'model.onnx'));
  const labels = await readLabels(model);
  const write = (name: string, content: unknown) =>
    writeFile(join(folder, name), JSON.stringify(content));
  await write('config.json', {
    model_type: 'mobilenet_v2',
    architectures: ['MobileNetV2ForImageClassification'],
    id2label: Object.fromEntries(labels.map((label, at) => [at, label])),
  });
  await write('preprocessor_config.json', {
    image_processor_type: 'ViTFeatureExtractor',
    do_resize: true,
    size: { height: input.height, width: input.width },
    resample: 1,
    do_rescale: true,
    rescale_factor: 1,
    do_normalize: true,
    image_mean: input.mean ?? [0, 0, 0],
    image_std: input.std ?? [1, 1, 1],
  });
  await write('peer.json', {
    input: input.name,
    output: output.name,
    width: input.width,
    height: input.height,
    mean: input.mean ?? [0, 0, 0],
    std: input.std ?? [1, 1, 1],
    labels,
  });
}

async function readLabels(model: string): Promise<string[]> {
  const { parse } = await import('csv-parse/sync');
  const rows = parse(await readFile(join(model, 'labels.csv')), { columns: true });
  return (rows as { scientific_name: string }[]).map((row) => row.scientific_name);
}
