#!/usr/bin/env node
// Loads as little as it can: a supervisor stays in memory as long as what it supervises.

/** Commands that work photos: a supervisor starts them again when a photo takes them down. */
const SUPERVISED = new Set(['run', 'backfill', 'resume', 'work']);
/** With these, no photo is touched. */
const HARMLESS = new Set(['--dry-run', '--help', '-h']);

const [command = '', ...args] = process.argv.slice(2);
const needsSupervisor =
  SUPERVISED.has(command) &&
  !args.some((arg) => HARMLESS.has(arg)) &&
  process.env.NIGHTJAR_SUPERVISED === undefined;

if (needsSupervisor) {
  const { supervise } = await import('./cli/supervise.ts');
  process.exitCode = await supervise(process.argv[1] ?? '', command, args);
} else {
  const { runProgram } = await import('./cli/program.ts');
  await runProgram();
}
