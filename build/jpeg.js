import { mkdirSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';

// Compiles src/transform/jpeg/decoder to dist/jpeg/decoder.wasm: npm run build:jpeg
const ROOT = resolve(import.meta.dirname, '..');
const TARGET = join(ROOT, 'dist/jpeg');

const compiler = await import('assemblyscript/asc').catch(() => null);
if (compiler) await build(compiler);
// An install without development tools has no use for it: a package brings it built.
else console.error('No JPEG decoder is built: assemblyscript is not installed.');

/** Beside the old one, which it then takes the place of, so that nobody ever finds half of it. */
async function build({ main }) {
  mkdirSync(TARGET, { recursive: true });
  const file = `decoder.wasm.${process.pid}`;
  const { error, stderr } = await main([
    join(ROOT, 'src/transform/jpeg/decoder/index.ts'),
    ...['--outFile', join(TARGET, file)],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd', '--enable', 'threads', '--zeroFilledMemory'],
    ...['--importMemory', '--sharedMemory', '--initialMemory', '512', '--maximumMemory', '512'],
  ]);
  if (error) throw new Error(`${error.message}\n${stderr}`);
  renameSync(join(TARGET, file), join(TARGET, 'decoder.wasm'));
}
