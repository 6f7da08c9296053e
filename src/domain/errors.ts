/** What the process exits with; see the README's table. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  overBudget: 3,
  interrupted: 130,
  terminated: 143,
} as const;

/** An exit code of `nightjar`. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Stable codes of the faults that end a command. */
export type ErrorCode =
  | 'CONFIGURATION_INVALID'
  | 'USAGE'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_FULL'
  | 'DATABASE_MISSING'
  | 'DATABASE_NOT_MIGRATED'
  | 'MIGRATION_CHANGED'
  | 'DATABASE_NEWER'
  | 'MODEL_INVALID'
  | 'MODEL_UNKNOWN'
  | 'MODEL_FAILED'
  | 'REGIONS_INVALID'
  | 'REGIONS_UNKNOWN'
  | 'SOURCE_UNREACHABLE'
  | 'RUN_OVERLAPS'
  | 'SHARDS_FAILED';

/** Codes that mean the caller, not the world, has to change something: exit code 2. */
const USAGE_CODES: ReadonlySet<ErrorCode> = new Set([
  'CONFIGURATION_INVALID',
  'USAGE',
  'MODEL_UNKNOWN',
  'REGIONS_UNKNOWN',
]);

/**
 * A fault of the command or the run, never of one photo. The message says what was expected, what
 * came and what to do; `code` is what programs branch on.
 */
export class NightjarError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NightjarError';
    this.code = code;
  }

  /** 2 where the usage or the configuration is at fault, 1 otherwise. */
  get exitCode(): ExitCode {
    return USAGE_CODES.has(this.code) ? EXIT_CODES.usage : EXIT_CODES.failed;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) {
    return error.errors.map(messageOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
