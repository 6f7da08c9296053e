import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts processor time in hundredths of a second, on every Linux there is. */
const TICK_MS = 10;
const PAGE_BYTES = 4096;

/** Processor time of one process or thread, in ms, and its own name for itself. */
export interface Usage {
  readonly name: string;
  readonly parent: number;
  readonly cpuMs: number;
  /** Of the children that have ended and been waited for, and of theirs. */
  readonly endedChildrenMs: number;
  readonly residentBytes: number;
}

/** @param path `/proc/PID` or `/proc/PID/task/TID`; null where it is gone */
export function readUsage(path: string): Usage | null {
  try {
    const text = readFileSync(`${path}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    // proc(5): the fields behind the name, the first of which is the third of all.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = (at: number) => Number(fields[at - 3]) * TICK_MS;
    return {
      name,
      parent: Number(fields[1]),
      cpuMs: ticks(14) + ticks(15),
      endedChildrenMs: ticks(16) + ticks(17),
      residentBytes: Number(fields[24 - 3]) * PAGE_BYTES,
    };
  } catch {
    return null;
  }
}

/** Processor time of all children of this process that have ended so far, and of theirs, in ms. */
export function readEndedChildren(): number {
  return readUsage('/proc/self')?.endedChildrenMs ?? 0;
}

/** A process and all below it. */
export function listTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const parent = pid > 0 ? readUsage(`/proc/${pid}`)?.parent : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Processor time of a server so far, in ms: its own, its children's, and that of those which ended. */
export function readServer(root: number): number {
  return listTree(root).reduce((sum, pid) => {
    const usage = readUsage(`/proc/${pid}`);
    return sum + (usage ? usage.cpuMs + (pid === root ? usage.endedChildrenMs : 0) : 0);
  }, 0);
}

/** Processor time of each thread of a tree, in ms, by a name that says which it is. */
export function readThreads(tree: readonly number[]): Map<string, Usage> {
  const threads = new Map<string, Usage>();
  for (const pid of tree) {
    let ids: string[];
    try {
      ids = readdirSync(`/proc/${pid}/task`);
    } catch {
      continue; // it has just ended
    }
    for (const id of ids) {
      const usage = readUsage(`/proc/${pid}/task/${id}`);
      if (usage) threads.set(`${pid}/${id}`, usage);
    }
  }
  return threads;
}
