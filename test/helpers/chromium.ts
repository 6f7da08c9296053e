import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** `CHROMIUM_PATH`, one on the path, or playwright's own; null where there is none. */
export function findChromium(): string | null {
  const candidates = [process.env.CHROMIUM_PATH, ...NAMES.map(which), chromium.executablePath()];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

function which(name: string): string {
  try {
    return execFileSync('which', [name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
