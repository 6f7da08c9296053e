import type { Command } from 'commander';
import { addBackfillCommand } from './backfill.ts';
import { addDbCommand } from './db.ts';
import { addDemoCommand } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExportCommand } from './export.ts';
import { addKeysCommand } from './keys.ts';
import { addMigrateCommand } from './migrate.ts';
import { addModelsCommand } from './models.ts';
import { addRegionsCommand } from './regions.ts';
import { addRejectsCommand } from './rejects.ts';
import { addResumeCommand } from './resume.ts';
import { addRunCommand } from './run.ts';
import { addScheduleCommand } from './schedule.ts';
import { addServeCommand } from './serve.ts';
import type { Shell } from './shell.ts';
import { addStatusCommand } from './status.ts';
import { addWorkCommand } from './work.ts';

/** Adds every command, in the order of the help. */
export function addCommands(program: Command, shell: Shell): Command {
  addDemoCommand(program, shell);
  addRunCommand(program, shell);
  addScheduleCommand(program, shell);
  addWorkCommand(program, shell);
  addBackfillCommand(program, shell);
  addResumeCommand(program, shell);
  addStatusCommand(program, shell);
  addRejectsCommand(program, shell);
  addExportCommand(program, shell);
  addServeCommand(program, shell);
  addKeysCommand(program, shell);
  addDoctorCommand(program, shell);
  addModelsCommand(program, shell);
  addRegionsCommand(program, shell);
  addMigrateCommand(program, shell);
  addDbCommand(program, shell);
  return program;
}
