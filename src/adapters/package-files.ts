import { fileURLToPath } from 'node:url';

/** Absolute path of something that ships with nightjar, in a checkout and in an installed package alike. */
export function packagePath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
