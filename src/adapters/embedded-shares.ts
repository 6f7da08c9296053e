import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The share of nobody, which keeps the server running when the last process goes. */
const KEPT = 'kept';

let taken = 0;

/**
 * Who uses the embedded server: a file for each share, named `PID-N`. It holds the process's birth, as
 * the id of a process that was killed is given to another some day. Only to be used under the server's
 * lock, `keep` apart.
 */
export class EmbeddedShares {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes a share for this process. @returns how to give it back */
  async take(): Promise<() => Promise<void>> {
    const share = join(this.#folder, `${process.pid}-${++taken}`);
    await writeFile(share, await readBirth(process.pid));
    return () => rm(share, { force: true });
  }

  /** From now on the server runs on when the last process goes; `unkeep` ends it. */
  async keep(): Promise<void> {
    await writeFile(join(this.#folder, KEPT), '');
  }

  async unkeep(): Promise<void> {
    await rm(join(this.#folder, KEPT), { force: true });
  }

  /** Whether the last one out leaves the server running. */
  async isKept(): Promise<boolean> {
    return (await readdir(this.#folder)).includes(KEPT);
  }

  /** Ids of the processes with a share that live; removes the shares of dead ones. */
  async listUsers(): Promise<number[]> {
    const users: number[] = [];
    for (const share of await readdir(this.#folder)) {
      if (share === KEPT) continue;
      const path = join(this.#folder, share);
      const pid = Number.parseInt(share, 10);
      if (await isAlive(pid, await readFile(path, 'utf8').catch(() => ''))) users.push(pid);
      else await rm(path, { force: true });
    }
    return users;
  }
}

/** @param birth empty where it is not known: the system or the share's owner keeps it back */
async function isAlive(pid: number, birth: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const isAnothers = error instanceof Error && 'code' in error && error.code === 'EPERM';
    if (!isAnothers) return false;
  }
  return birth === '' || (await readBirth(pid)) === birth;
}

/** When a process began, in clock ticks since the boot; empty where the system does not tell in a file. */
async function readBirth(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const afterName = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return afterName[19] ?? '';
}
