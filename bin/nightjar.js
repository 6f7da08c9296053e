#!/usr/bin/env node
// The compiled program where there is one (an installed package); in a checkout, the sources as they are.
import { existsSync } from 'node:fs';

const compiled = new URL('../dist/cli.js', import.meta.url);
const sources = new URL('../src/cli.ts', import.meta.url);
await import(existsSync(sources) ? sources.href : compiled.href);
