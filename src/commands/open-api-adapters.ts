import { resolve } from 'node:path';
import { openPhotoSource } from '../adapters/photo-source.ts';
import { findApiKey } from '../adapters/postgres-api-keys.ts';
import type { Database } from '../adapters/postgres-database.ts';
import { readHealth } from '../adapters/postgres-health.ts';
import { postgresReads } from '../adapters/postgres-reads.ts';
import { postgresRegionSnapshots } from '../adapters/postgres-region-snapshots.ts';
import { postgresRejects } from '../adapters/postgres-rejects.ts';
import type { ApiAdapters } from '../api/context.ts';
import type { Config } from '../config.ts';
import { NightjarError } from '../domain/errors.ts';
import { lookupPlace } from '../regions/lookup.ts';
import { resolveSnapshot } from '../regions/snapshots.ts';
import { readRules } from './read-rules.ts';

/**
 * What the API reads from, for `nightjar serve` and for tests.
 *
 * @param reader connections that can only read
 * @param cwd folder that sources in relative folders are seen from
 */
export function openApiAdapters(reader: Database, config: Config, cwd: string): ApiAdapters {
  const snapshots = postgresRegionSnapshots(reader);
  return {
    reads: postgresReads(reader),
    rejects: postgresRejects(reader),
    findKey: (id) => findApiKey(reader, id),
    readHealth: () => readHealth(reader),
    readRules: (health) => readRules(resolve(cwd, config.jobsDir), health),
    openSource: (url) => openPhotoSource(url, config, cwd),
    async lookUp(ref, place, finest) {
      const snapshot = await resolveSnapshot(snapshots, ref);
      if (!snapshot) throw new NightjarError('REGIONS_UNKNOWN', `there is no snapshot ${ref}`);
      const resolution = Math.min(snapshot.resolution, finest ?? snapshot.resolution);
      const found = await lookupPlace(
        snapshots,
        { ...snapshot, resolution },
        place,
        config.minObservations,
      );
      return { ...found, snapshot: `${snapshot.name}@${snapshot.version}` };
    },
  };
}
