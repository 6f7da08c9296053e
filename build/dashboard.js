import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

// Bundles src/dashboard into dist/dashboard, for browsers: npm run build:dashboard
const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src/dashboard');
const TARGET = join(ROOT, 'dist/dashboard');
/** Browsers that have everything the page uses. */
const BROWSERS = ['chrome111', 'firefox114', 'safari16.4'];
const require = createRequire(import.meta.url);
/** Outlines of countries, by what the source calls their addresses. */
const findMaps = () => ({
  COUNTRIES_110M: require.resolve('world-atlas/countries-110m.json'),
  COUNTRIES_50M: require.resolve('world-atlas/countries-50m.json'),
});

const esbuild = await import('esbuild').catch(() => null);
if (esbuild) await build(esbuild);
// An install without development tools has no use for it: a package brings it built.
else console.error('No dashboard is built: esbuild is not installed.');

/** Beside the old one, which it then takes the place of, so that a server never finds half of it. */
async function build({ build: bundle, transform }) {
  const folder = `${TARGET}.${process.pid}`;
  const assets = join(folder, 'assets');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });
  const { metafile } = await bundle({
    entryPoints: [join(SOURCE, 'main.ts')],
    outdir: assets,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: BROWSERS,
    metafile: true,
    define: Object.fromEntries(
      Object.entries(findMaps()).map(([name, path]) => [
        name,
        JSON.stringify(write(assets, basename(path), readFileSync(path))),
      ]),
    ),
    logLevel: 'warning',
  });
  const style = await transform(readFileSync(join(SOURCE, 'style.css'), 'utf8'), {
    loader: 'css',
    minify: true,
    target: BROWSERS,
  });
  const names = {
    'style.css': write(assets, 'style.css', style.code),
    'main.js': outputOf(metafile, 'main.ts'),
  };
  let page = readFileSync(join(SOURCE, 'index.html'), 'utf8');
  for (const [name, path] of Object.entries(names)) page = page.replace(`"${name}"`, `"${path}"`);
  // The charts are asked for while the page is still being read.
  const charts = `<link rel="modulepreload" href="${outputOf(metafile, 'charts.ts')}">`;
  writeFileSync(join(folder, 'index.html'), page.replace('</head>', `  ${charts}\n  </head>`));
  for (const name of readdirSync(assets)) compress(join(assets, name));
  rmSync(TARGET, { recursive: true, force: true });
  renameSync(folder, TARGET);
}

/** The address of what an entry or a dynamic import was made into. */
function outputOf({ outputs }, entry) {
  const [path] = Object.entries(outputs).find(([, { entryPoint }]) =>
    entryPoint?.endsWith(`/${entry}`),
  );
  return `/assets/${basename(path)}`;
}

/** Under a name that changes with the content, so that browsers may keep it for good. */
function write(folder, file, content) {
  const [stem, extension] = file.split('.');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const name = `${stem}-${hash}.${extension}`;
  writeFileSync(join(folder, name), content);
  return `/assets/${name}`;
}

/** Once, and not for every visitor. */
function compress(path) {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
}
