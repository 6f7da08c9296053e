import type { Command } from 'commander';
import type { Shell } from './shell.ts';

type AddCommand = (program: Command, shell: Shell) => void;

/** Every command, in the order of the help. Each is loaded when it is asked for: a start is mostly loading. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  demo: async () => (await import('./demo.ts')).addDemoCommand,
  run: async () => (await import('./run.ts')).addRunCommand,
  schedule: async () => (await import('./schedule.ts')).addScheduleCommand,
  work: async () => (await import('./work.ts')).addWorkCommand,
  backfill: async () => (await import('./backfill.ts')).addBackfillCommand,
  resume: async () => (await import('./resume.ts')).addResumeCommand,
  status: async () => (await import('./status.ts')).addStatusCommand,
  rejects: async () => (await import('./rejects.ts')).addRejectsCommand,
  export: async () => (await import('./export.ts')).addExportCommand,
  serve: async () => (await import('./serve.ts')).addServeCommand,
  keys: async () => (await import('./keys.ts')).addKeysCommand,
  doctor: async () => (await import('./doctor.ts')).addDoctorCommand,
  models: async () => (await import('./models.ts')).addModelsCommand,
  regions: async () => (await import('./regions.ts')).addRegionsCommand,
  migrate: async () => (await import('./migrate.ts')).addMigrateCommand,
  db: async () => (await import('./db.ts')).addDbCommand,
};

/**
 * Adds the command that a command line names, or all where it names none of them.
 *
 * @param named the first word of the command line
 */
export async function addCommands(program: Command, shell: Shell, named = ''): Promise<Command> {
  const isCommand = Object.hasOwn(COMMANDS, named);
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (isCommand && name !== named) continue;
    const add = await load();
    add(program, shell);
  }
  return program;
}
