import { resolve } from 'node:path';
import { writeMetricsFile } from '../adapters/metrics-file.ts';
import { readHealth } from '../adapters/postgres-health.ts';
import { postgresNotices } from '../adapters/postgres-notices.ts';
import { openWebhookNotifier } from '../adapters/webhook-notifier.ts';
import { messageOf } from '../domain/errors.ts';
import { type Announcer, announceStale } from '../health/announce.ts';
import type { HealthRule } from '../health/find-problems.ts';
import type { App } from './open-app.ts';

/** What telling people needs, as the settings have it. */
export function openAnnouncer({ config, database, log }: Omit<App, 'databaseName'>): Announcer {
  const notifier = openWebhookNotifier({ ...config, log });
  return { notifier, book: postgresNotices(database), log };
}

/**
 * Writes the metrics file and tells of stale data, where the settings ask for either; else does
 * nothing. To be called after each run, and now and then. Never throws: a run must not fail for it.
 *
 * @param cwd what a relative `metricsFile` is relative to
 */
export async function publishHealth(
  app: Omit<App, 'databaseName'>,
  rules: readonly HealthRule[],
  cwd: string,
): Promise<void> {
  const { config, database, log } = app;
  if (config.metricsFile === null && config.webhookUrl === null) return;
  try {
    const health = await readHealth(database);
    if (config.metricsFile !== null) {
      const { renderMetrics } = await import('../health/render-metrics.ts');
      await writeMetricsFile(resolve(cwd, config.metricsFile), await renderMetrics(health), log);
    }
    await announceStale(health, rules, openAnnouncer(app));
  } catch (error) {
    log.warn('cannot read the health', { error: messageOf(error) });
  }
}
