import type { HealthRule } from '../health/find-problems.ts';
import type { Health } from '../health/health.ts';
import { loadJobs } from '../run/job.ts';

/**
 * What the jobs are judged by. Where job files are missing or broken, every job that ever ran is
 * looked at, without a limit to its age: a typo must not hide a job that fails.
 */
export function readRules(jobsDir: string, { jobs: known }: Health): HealthRule[] {
  const bare = known.map(({ job }) => ({ name: job, staleAfter: null, schedule: null }));
  try {
    const { jobs, problems } = loadJobs(jobsDir);
    const broken = problems.length > 0 ? bare.filter(({ name }) => !jobs.has(name)) : [];
    return [...jobs.values(), ...broken];
  } catch {
    return bare; // no folder of jobs here: the database may be looked at from anywhere
  }
}
