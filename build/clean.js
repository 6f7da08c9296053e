import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

// Removes what was compiled before, so that no file outlives its source. The dashboard and the decoder stay
// until they are built again and take their own place: somebody may be using them.
const DIST = resolve(import.meta.dirname, '../dist');
const REPLACED = ['dashboard', 'jpeg'];

let names = [];
try {
  names = readdirSync(DIST);
} catch {}
for (const name of names) {
  if (!REPLACED.includes(name)) rmSync(join(DIST, name), { recursive: true, force: true });
}
