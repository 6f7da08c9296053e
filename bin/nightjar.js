#!/usr/bin/env node
// The compiled program in an installed package; in a checkout, the sources as they are.
import { existsSync } from 'node:fs';

const sources = new URL('../src/cli.ts', import.meta.url);
const compiled = new URL('../dist/cli.js', import.meta.url);
const inCheckout = existsSync(sources);

if (inCheckout && !process.features.typescript) {
  process.stderr.write(
    `nightjar: Expected Node.js 22.18 or later to run a checkout but found ${process.version}. ` +
      'Start it with `npx nightjar …`, which takes the Node.js that `npm ci` installs.\n',
  );
  process.exitCode = 2;
} else {
  await import(inCheckout ? sources.href : compiled.href);
}
