import { randomUUID } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/**
 * Replaces the textfile that node_exporter reads, whole or not at all: a name of its own first,
 * which the collector does not read, then renamed. A full disk or a missing folder is a warning.
 */
export async function writeMetricsFile(path: string, metrics: string, log: Log): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(draft, metrics);
    await chmod(draft, 0o644); // node_exporter is another account, whatever our umask is
    await rename(draft, path);
  } catch (error) {
    log.warn('metrics not written', { file: path, error: messageOf(error) });
    await rm(draft, { force: true }).catch(() => {});
  }
}
