import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * An empty folder that other accounts may enter, as most are. Private ones, which `mkdtemp` makes,
 * send root's embedded database to /var/lib/nightjar, where removing the folder does not reach it.
 */
export async function createTempFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o755);
  return folder;
}
