import winston from 'winston';
import type { LogOptions } from './shell.ts';

/**
 * The program's log. Without a terminal: JSON lines on standard output, for CloudWatch and its like.
 * Before a terminal, or where standard output is reserved for a result: on standard error.
 */
export function createLog(
  { level, reserveOutput = false }: LogOptions,
  interactive: boolean,
): winston.Logger {
  const toStderr = interactive || reserveOutput;
  const { combine, timestamp, json, printf } = winston.format;
  return winston.createLogger({
    // A person before a terminal sees a progress bar; of the log, only what needs attention.
    level: interactive && level === 'info' ? 'warn' : level,
    format: interactive
      ? printf(({ level: severity, message, ...fields }) => {
          const details = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
          // Over a progress bar that may stand in this line.
          return `\r\u001b[K${[`${severity}:`, message, ...details].join(' ')}`;
        })
      : combine(timestamp(), json()),
    transports: [
      new winston.transports.Console({
        stderrLevels: toStderr ? ['error', 'warn', 'info', 'debug'] : [],
      }),
    ],
  });
}
