import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { validate as isCronExpression } from 'node-cron';
import * as z from 'zod';
import { invalidConfiguration, readYamlObject, show } from '../config.ts';
import { NightjarError } from '../domain/errors.ts';
import { FUSION_MODES } from '../domain/region.ts';
import { parseDuration, parseShare } from '../domain/units.ts';
import { nextTick } from './cron-ticks.ts';

const EXPECTED: Record<string, string> = {
  name: 'lower-case letters, digits and dashes',
  schedule:
    'five cron fields, like "0 2 * * *", with day of month or day of week left at *, or null for a job only run by hand',
  timezone: 'an IANA time zone, like Europe/Brussels',
  source: 's3://bucket/prefix/, file:///folder/ or the path of a folder',
  model: 'NAME@ALIAS or NAME@VERSION',
  regions: 'an alias, NAME@VERSION or none',
  location: 'optional or required',
  fusion: FUSION_MODES.join(' or '),
  overlap: 'skip or buffer_one',
  catchupWindow: 'a duration, like 24h',
  errorBudget: 'a share, like 5%',
  pauseAfterFailures: 'a whole number of at least 1, or null for never',
  staleAfter: 'a duration, like 36h',
};

const quantity = (parse: (value: string) => number | null) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parse(String(value));
    if (parsed === null) context.addIssue('not a quantity');
    return parsed ?? 0;
  });

const jobSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  schedule: z.string().refine(isSchedule).nullable().default(null),
  timezone: z.string().refine(isTimeZone).default('UTC'),
  source: z.string().regex(/^(s3:\/\/|file:\/\/|(?![a-z][a-z0-9+.-]*:\/\/)).+/i),
  model: z.string().regex(/^[^@\s]+@[^@\s]+$/),
  regions: z.string().min(1).default('production'),
  location: z.enum(['optional', 'required']).default('optional'),
  fusion: z.enum(FUSION_MODES).default('weighted'),
  overlap: z.enum(['skip', 'buffer_one']).default('skip'),
  /** Milliseconds. */
  catchupWindow: quantity(parseDuration).default(24 * 3_600_000),
  /** Share of the worked photos that may be rejected, 0–1. */
  errorBudget: quantity(parseShare).default(0.05),
  /** Scheduled runs that fail in a row, after which ticks are skipped. Null: never. */
  pauseAfterFailures: z.int().min(1).nullable().default(null),
  /** Milliseconds; null: never stale. */
  staleAfter: quantity(parseDuration).nullable().default(null),
});

/** The keys of a job. */
export const JOB_KEYS: readonly string[] = Object.keys(jobSchema.shape);

/** One file of `jobs/`: what to predict, with what, and when. */
export type Job = z.infer<typeof jobSchema>;

/** The jobs of a folder, by name, and every problem of those that are none. */
export interface LoadedJobs {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly problems: readonly string[];
}

/** Reads every job. One file that is no job does not keep the others from their night. */
export function loadJobs(directory: string): LoadedJobs {
  const problems: string[] = [];
  const jobs = new Map<string, Job>();
  for (const file of listJobFiles(directory)) {
    const name = join(directory, file);
    const job = parseJob(readYamlObject(name, name, true, problems), name, problems);
    if (!job) continue;
    if (jobs.has(job.name))
      problems.push(`${name}: name: expected a name of its own, found "${job.name}" twice`);
    jobs.set(job.name, job);
  }
  return { jobs, problems };
}

/**
 * The job of that name, or the only one there is.
 *
 * @throws CONFIGURATION_INVALID when it is not among the good ones and there are bad ones; else USAGE
 */
export function chooseJob({ jobs, problems }: LoadedJobs, name: string | undefined): Job {
  const names = [...jobs.keys()].join(', ') || 'none';
  const job = name === undefined && jobs.size === 1 ? [...jobs.values()][0] : jobs.get(name ?? '');
  if (job && (name !== undefined || problems.length === 0)) return job;
  if (problems.length > 0) throw invalidConfiguration(problems);
  throw new NightjarError(
    'USAGE',
    name === undefined
      ? `Expected --job NAME but received none. Jobs here: ${names}.`
      : `Expected the name of a job but received "${name}". Jobs here: ${names}.`,
  );
}

/** A job from its keys; null, with the problems noted, where they do not make one. */
export function parseJob(values: unknown, origin: string, problems: string[]): Job | null {
  const parsed = jobSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      const known = JOB_KEYS.join(', ');
      problems.push(`${origin}: ${issue.keys.join(', ')}: no such key; a job has ${known}`);
      continue;
    }
    const key = String(issue.path[0] ?? '(top level)');
    const found = show((values as Record<string, unknown>)[key]);
    problems.push(`${origin}: ${key}: expected ${EXPECTED[key] ?? 'a job'}, found ${found}`);
  }
  return null;
}

/**
 * Five fields that node-cron and cron-parser read alike. Where both days are restricted, cron's own rule is "either",
 * node-cron's is "both": rather than surprise somebody, that is refused.
 */
function isSchedule(cron: string): boolean {
  const fields = cron.trim().split(/\s+/);
  const [, , dayOfMonth, , dayOfWeek] = fields;
  const bothDays = dayOfMonth !== '*' && dayOfWeek !== '*';
  return fields.length === 5 && !bothDays && isCronExpression(cron) && hasTicks(cron);
}

/** Whether the other library reads it too, and there ever is such a day. */
function hasTicks(schedule: string): boolean {
  try {
    nextTick({ schedule, timezone: 'UTC' }, new Date());
    return true;
  } catch {
    return false;
  }
}

function listJobFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
  } catch {
    throw new NightjarError(
      'CONFIGURATION_INVALID',
      `Expected a folder of jobs at ${directory} but there is none. Create it with one YAML file a job, or set jobsDir.`,
    );
  }
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
