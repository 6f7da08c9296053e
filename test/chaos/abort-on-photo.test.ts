import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PHOTO_ABORTS, PRELOAD_ABORT } from '../helpers/abort-on-photo.ts';
import { openStage, runUndisturbed } from '../helpers/chaos-stage.ts';
import { DEMO_PHOTOS } from '../helpers/run-bench.ts';

/** Decodes a demo photo with this text behind it, as the program does. */
const decode = (text: string) => `(async () => {
  const { readFile } = await import('node:fs/promises');
  const { preprocessImage } = await import(${JSON.stringify(resolve('src/transform/preprocess-image.ts'))});
  const photo = await readFile(${JSON.stringify(`${DEMO_PHOTOS}/kruger/IMG_0001.JPG`)});
  const bytes = Buffer.concat([photo, Buffer.from(${JSON.stringify(text)})]);
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
  ['a worker thread', (text: string) => inThread(decode(text))],
])(
  'a photo with the marker aborts the process that decodes it in %s; others are decoded',
  async (_, code) => {
    expect(await runNode(code(''))).toEqual({ signal: null, stdout: 'decoded true\n' });
    expect(await runNode(code(PHOTO_ABORTS))).toEqual({ signal: 'SIGABRT', stdout: '' });
  },
);

test('the program under the preload, without such a photo, does as ever', async () => {
  const stage = await openStage(1);
  await stage.expectSameTable(await stage.run(PRELOAD_ABORT), await runUndisturbed(1));
  await stage.remove();
});
