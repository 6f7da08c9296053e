import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve('src');

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Every import of one source file by another. */
function listImports(): Import[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.ts'),
  );
  return files.flatMap((from) => {
    const text = readFileSync(join(SRC, from), 'utf8');
    const pattern = /^(import|export)\s+(type\s+)?([^'"]*?)from\s+'(\.[^']+)'/gms;
    return [...text.matchAll(pattern)].map(([, , type, names = '', path = '']) => ({
      from,
      to: relative(SRC, resolve(SRC, dirname(from), path)),
      typeOnly: Boolean(type) || isAllTypes(names),
    }));
  });
}

function isAllTypes(names: string): boolean {
  const inBraces = /\{([^}]*)\}/.exec(names)?.[1];
  if (!inBraces) return false;
  return inBraces
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .every((name) => name.startsWith('type '));
}

const imports = listImports();
const layerOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);

/** Which layers each layer may import from; the layers of `src` from the outside in. */
const ALLOWED: Record<string, readonly string[]> = {
  'cli.ts': ['cli'],
  cli: ['cli', 'commands', 'domain', 'adapters'],
  commands: [
    'commands',
    'run',
    'regions',
    'health',
    'api',
    'privacy',
    'filter',
    'export',
    'adapters',
    'config.ts',
    'domain',
    'ports.ts',
    'ledger.ts',
    'reads.ts',
    'rejects.ts',
    'transform', // whether its decoder was built is for `doctor` to say
  ],
  run: [
    'run',
    'pipeline.ts',
    'extract',
    'transform',
    'flow',
    'config.ts',
    'domain',
    'ports.ts',
    'ledger.ts',
    'run-evidence.ts',
  ],
  'pipeline.ts': ['extract', 'transform', 'model', 'load', 'flow', 'domain', 'ports.ts'],
  extract: ['extract', 'flow', 'domain', 'ports.ts'],
  transform: ['transform', 'flow', 'domain', 'ports.ts'],
  model: ['model', 'flow', 'domain', 'ports.ts'],
  load: ['load', 'flow', 'domain', 'ports.ts'],
  regions: ['regions', 'domain', 'ports.ts'],
  health: ['health', 'domain', 'ports.ts'],
  // Adapters may use the pure functions of the stages they serve: packing tensors, forming rows.
  adapters: [
    'adapters',
    'model',
    'load',
    'regions',
    'health',
    'privacy',
    'domain',
    'ports.ts',
    'ledger.ts',
    'reads.ts',
    'rejects.ts',
    'run-evidence.ts',
  ],
  api: [
    'api',
    'privacy',
    'filter',
    'export',
    'health',
    'regions',
    'transform',
    'domain',
    'ports.ts',
    'reads.ts',
    'rejects.ts',
  ],
  // Runs in a browser: of the server it knows the shapes of answers alone; see below.
  dashboard: ['dashboard', 'api', 'health'],
  privacy: ['privacy', 'domain', 'reads.ts'],
  filter: ['filter', 'domain', 'reads.ts'],
  export: ['export', 'privacy', 'domain', 'reads.ts'],
  'reads.ts': ['domain'],
  'config.ts': ['domain'],
  'ports.ts': ['domain'],
  'ledger.ts': ['domain', 'ports.ts'],
  'rejects.ts': ['domain'],
  'run-evidence.ts': ['domain'],
  flow: ['flow'],
  domain: ['domain'],
};

describe('the direction of imports', () => {
  test('the scan sees the program', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  test.each(Object.entries(ALLOWED))('%s imports only what it may', (layer, allowed) => {
    const wrong = imports
      .filter(({ from, to }) => layerOf(from) === layer && !allowed.includes(layerOf(to)))
      .map(({ from, to }) => `${from} → ${to}`);
    expect(wrong).toEqual([]);
  });

  test('every layer has its rule', () => {
    const layers = new Set(imports.flatMap(({ from, to }) => [layerOf(from), layerOf(to)]));
    expect([...layers].filter((layer) => !(layer in ALLOWED))).toEqual([]);
  });

  test('only the command line constructs adapters that touch the world', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        layerOf(to) === 'adapters' &&
        !typeOnly &&
        !['commands', 'adapters', 'cli'].includes(layerOf(from)),
    );
    expect(wrong).toEqual([]);
  });

  test('the dashboard imports nothing of the server but types, nor the server anything of it', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        (layerOf(from) === 'dashboard') !== (layerOf(to) === 'dashboard') &&
        (!typeOnly || layerOf(to) === 'dashboard'),
    );
    expect(wrong).toEqual([]);
  });

  test('domain imports nothing from outside', () => {
    const files = readdirSync(join(SRC, 'domain')).map((file) => join(SRC, 'domain', file));
    const outside = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/from '([^.][^']*)'/g)].map(([, name]) => name),
    );
    expect(outside).toEqual([]);
  });

  test('no circle of value imports', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) {
      if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to]);
    }
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('process.argv and exit codes are touched by the command line alone', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !['cli.ts', 'cli'].includes(layerOf(file)),
    );
    const wrong = files.filter((file) =>
      /process\.(argv|exit\b|exitCode)/.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  test.each(['pipeline.ts', 'run/run.ts'])('%s fits on one screen or two', (file) => {
    const lines = readFileSync(join(SRC, file), 'utf8').split('\n').length;
    expect(lines).toBeLessThan(90);
  });
});
