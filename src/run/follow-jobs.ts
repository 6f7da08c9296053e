import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { type Job, type LoadedJobs, loadJobs } from './job.ts';
import { listScheduled } from './schedule.ts';

/** The jobs of a folder, in a process that lives longer than they stay the same. */
export interface FollowedJobs {
  /** As they were when last read. */
  readonly current: ReadonlyMap<string, Job>;
  /** Reads them again. A folder that cannot be read is told, and the jobs stay as they were. */
  refresh(): void;
}

/**
 * Reads the jobs, and again whenever asked to; what is wrong, and what is scheduled when, is told when
 * it changes.
 *
 * @throws CONFIGURATION_INVALID where there is no such folder at first
 */
export function followJobs(directory: string, log: Log): FollowedJobs {
  let { jobs, problems } = loadJobs(directory);
  let told: readonly string[] = [];
  const tell = () => {
    for (const problem of problems) {
      if (!told.includes(problem)) log.error('not a job', { problem });
    }
    told = problems;
  };
  tell();
  return {
    get current() {
      return jobs;
    },
    refresh() {
      const before = describeSchedules(jobs);
      const loaded = tryLoad(directory);
      if ('problem' in loaded) problems = [loaded.problem];
      else ({ jobs, problems } = loaded);
      tell();
      const after = describeSchedules(jobs);
      if (after.join() !== before.join()) log.info('scheduled', { jobs: after });
    },
  };
}

/** For people: which jobs tick when. */
export function describeSchedules(jobs: ReadonlyMap<string, Job>): string[] {
  return listScheduled(jobs.values()).map(
    ({ name, schedule, timezone }) => `${name} (${schedule}, ${timezone})`,
  );
}

function tryLoad(directory: string): LoadedJobs | { readonly problem: string } {
  try {
    return loadJobs(directory);
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
