// Runs when nightjar is installed as a package. onnxruntime-node's own install script downloads GPU
// libraries of several hundred megabytes, which nightjar does not use, and fails the whole
// installation where it cannot reach them. In a project of one's own that script is turned off in
// package.json (`allowScripts`); a package has no such say, so it is emptied before it runs.
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

if (import.meta.url.includes('/node_modules/')) {
  const require = createRequire(import.meta.url);
  const script = join(
    dirname(require.resolve('onnxruntime-node/package.json')),
    'script',
    'install.js',
  );
  if (existsSync(script)) writeFileSync(script, '// emptied by nightjar: CPU inference only\n');
}
