import { Writable } from 'node:stream';
import type { Shell } from '../../src/commands/shell.ts';
import { silentLog } from './silent-log.ts';

/** What a command is given, for a test in a folder. */
export function createShell(cwd: string): Shell {
  return {
    cwd,
    env: {},
    interactive: false,
    entry: '',
    signal: new AbortController().signal,
    stoppedBy: () => undefined,
    restarted: false,
    progressed() {},
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    print() {},
    openLog: () => silentLog,
    exit() {},
  };
}
