import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PRELOAD_ABORT, poison } from '../helpers/abort-on-photo.ts';
import { openStage, runUndisturbed } from '../helpers/chaos-stage.ts';
import { DEMO_PHOTOS } from '../helpers/run-bench.ts';

const photo = readFileSync(join(DEMO_PHOTOS, 'kruger/IMG_0001.JPG'));

/** Decodes a photo, as the program does. */
const decode = (jpeg: Buffer) => `(async () => {
  const { preprocessImage } = await import(${JSON.stringify(resolve('src/transform/preprocess-image.ts'))});
  const bytes = Buffer.from('${jpeg.toString('base64')}', 'base64');
  const input = { width: 64, height: 64, fit: 'fill', kernel: 'lanczos3' };
  console.log('decoded', (await preprocessImage(bytes, input)).ok);
})()`;

const inThread = (code: string) =>
  `new (require('node:worker_threads').Worker)(${JSON.stringify(code)}, { eval: true })`;

async function runNode(code: string): Promise<{ signal: string | null; stdout: string }> {
  const env = { PATH: process.env.PATH ?? '', ...PRELOAD_ABORT };
  const child = spawn(process.execPath, ['-e', code], { env });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const [, signal] = await once(child, 'close');
  return { signal, stdout };
}

test.each([
  ['the main thread', decode],
  ['a worker thread', (jpeg: Buffer) => inThread(decode(jpeg))],
])(
  'a photo with the marker aborts the process that decodes it in %s; others are decoded',
  async (_, code) => {
    expect(await runNode(code(photo))).toEqual({ signal: null, stdout: 'decoded true\n' });
    expect(await runNode(code(poison(photo)))).toEqual({ signal: 'SIGABRT', stdout: '' });
  },
);

test('the program under the preload, without such a photo, does as ever', async () => {
  const stage = await openStage(1);
  await stage.expectSameTable(await stage.run(PRELOAD_ABORT), await runUndisturbed(1));
  await stage.remove();
});
