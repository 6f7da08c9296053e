// transformers.js in Node: a process a core, one thread each, batches of 8, its own image processor and
// the local model. Position and time by exifr; one transaction a batch.
//   node classify.js --source FOLDER|s3://bucket/prefix/ --database URL --model FOLDER --workers 2
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { AutoImageProcessor, AutoModel, env, RawImage } from '@huggingface/transformers';
import exifr from 'exifr';
import pg from 'pg';

const BATCH = 8;
const options = { source: {}, database: {}, model: {}, workers: {}, part: {} };
for (const option of Object.values(options)) option.type = 'string';
const { values: flags } = parseArgs({ options });
const workers = Number(flags.workers);

if (flags.part === undefined) runAll();
else await work(Number(flags.part));

function runAll() {
  for (let part = 0; part < workers; part++) {
    const child = fork(import.meta.filename, [...process.argv.slice(2), '--part', String(part)]);
    child.once('exit', (code) => {
      if (code !== 0) process.exitCode = 1;
    });
  }
}

async function work(part) {
  const source = openSource(flags.source);
  const keys = (await source.list()).sort().filter((_, n) => n % workers === part);
  const peer = JSON.parse(await readFile(join(flags.model, 'peer.json'), 'utf8'));
  env.allowRemoteModels = false;
  env.localModelPath = dirname(flags.model);
  const name = basename(flags.model);
  const processor = await AutoImageProcessor.from_pretrained(name);
  const model = await AutoModel.from_pretrained(name, {
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  const client = new pg.Client(flags.database);
  await client.connect();
  const readBatch = (from) =>
    Promise.all(
      keys.slice(from, from + BATCH).map(async (key) => ({ key, bytes: await source.read(key) })),
    );
  let next = readBatch(0);
  for (let from = 0; from < keys.length; from += BATCH) {
    const photos = await next;
    next = readBatch(from + BATCH);
    next.catch(() => {});
    const images = await Promise.all(
      photos.map(({ bytes }) => RawImage.fromBlob(new Blob([bytes]))),
    );
    const { pixel_values: pixels } = await processor(images);
    const scores = (await model({ [peer.input]: pixels }))[peer.output];
    const rows = await Promise.all(
      photos.map(async ({ key, bytes }, n) => {
        const exif = await exifr.parse(bytes, { gps: true, reviveValues: false });
        const row = scores.data.subarray(n * peer.labels.length, (n + 1) * peer.labels.length);
        const top = findTop(row).map((at) => ({ label: peer.labels[at], score: row[at] }));
        const hash = createHash('sha256').update(bytes).digest();
        const { DateTimeOriginal: taken, latitude, longitude } = exif ?? {};
        const place = [taken, latitude, longitude];
        return [key, bytes.length, hash, ...place, top[0].label, top[0].score, JSON.stringify(top)];
      }),
    );
    await insert(client, rows);
  }
  await client.end();
  await model.dispose();
}

async function insert(client, rows) {
  const columns = rows[0].map((_, at) => rows.map((row) => row[at]));
  const types = ['text', 'bigint', 'bytea', 'text', 'float8', 'float8', 'text', 'real', 'jsonb'];
  await client.query({
    name: 'insert',
    text: `insert into peer_predictions select * from unnest(${types
      .map((type, at) => `$${at + 1}::${type}[]`)
      .join(', ')})`,
    values: columns,
  });
}

function findTop(row) {
  return Array.from(row, (_, at) => at)
    .sort((a, b) => row[b] - row[a])
    .slice(0, 5);
}

function openSource(source) {
  if (!source.startsWith('s3://')) {
    return {
      list: async () =>
        (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.jpg')),
      read: (key) => readFile(join(source, key)),
    };
  }
  const [Bucket, ...rest] = source.slice('s3://'.length).split('/');
  const Prefix = rest.join('/');
  const client = new S3Client({ forcePathStyle: true });
  return {
    async list() {
      const keys = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        keys.push(...Contents.map(({ Key }) => Key.slice(Prefix.length)));
      }
      return keys;
    },
    async read(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: Prefix + key }));
      return Body.transformToByteArray();
    },
  };
}
