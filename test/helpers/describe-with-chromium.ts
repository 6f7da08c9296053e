import { describe, test } from 'vitest';
import { findChromium } from './chromium.ts';

const reason = 'no Chromium: install it, or set CHROMIUM_PATH';

/** A suite in a real browser. Without one it says so on stderr and counts as skipped, never as passed. */
export function describeWithChromium(name: string, suite: (executablePath: string) => void): void {
  const path = findChromium();
  if (path) {
    describe(name, () => suite(path));
    return;
  }
  console.error(`SKIPPED ${name}: ${reason}`);
  describe(name, () => test.skip(`skipped: ${reason}`, () => {}));
}
