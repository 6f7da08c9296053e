import { NightjarError } from '../domain/errors.ts';
import type { RegionSnapshot } from '../domain/region.ts';
import type { RegionSnapshotRecord } from '../domain/region-snapshot.ts';

/** What looking for snapshots needs; see `adapters/postgres-region-snapshots.ts`. */
export interface SnapshotLister {
  list(): Promise<RegionSnapshotRecord[]>;
}

/** What promoting needs besides. */
export interface SnapshotPromoter extends SnapshotLister {
  promote(alias: string, snapshotId: number): Promise<boolean>;
}

/** Names of snapshots and aliases: what can be written in a job's `regions:` without quotes. */
export const SNAPSHOT_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;

/** The alias jobs use. */
const DEFAULT_ALIAS = 'production';

/** The reference that means no regional features at all. */
const NO_REGIONS = 'none';

/**
 * The snapshot a reference means: `none` → null, `NAME@VERSION`, or an alias.
 *
 * @throws REGIONS_UNKNOWN, with what there is, for anything else and for an unfinished import
 */
export async function resolveSnapshot(
  snapshots: SnapshotLister,
  reference: string,
): Promise<RegionSnapshot | null> {
  return reference === NO_REGIONS ? null : findSnapshot(await snapshots.list(), reference);
}

/**
 * Points an alias at a snapshot. Runs that are under way keep the one they pinned.
 *
 * @param reference `NAME@VERSION`, or another alias
 * @throws REGIONS_UNKNOWN when there is no such snapshot; USAGE when the alias cannot be one
 */
export async function promoteSnapshot(
  snapshots: SnapshotPromoter,
  reference: string,
  alias: string = DEFAULT_ALIAS,
): Promise<RegionSnapshotRecord> {
  if (!SNAPSHOT_NAME.test(alias) || alias === NO_REGIONS) {
    throw new NightjarError(
      'USAGE',
      `Expected letters, digits, ".", "_" and "-", and not "${NO_REGIONS}", for the alias but ` +
        `received "${alias}".`,
    );
  }
  const records = await snapshots.list();
  const found = findSnapshot(records, reference);
  if (!(await snapshots.promote(alias, found.id))) throw unknown(records, reference);
  return found;
}

function findSnapshot(
  records: readonly RegionSnapshotRecord[],
  reference: string,
): RegionSnapshotRecord {
  const found = records
    .filter(isComplete)
    .find((record) => nameOf(record) === reference || record.aliases.includes(reference));
  if (!found) throw unknown(records, reference);
  return found;
}

function unknown(records: readonly RegionSnapshotRecord[], reference: string): NightjarError {
  const existing = records
    .filter(isComplete)
    .map((record) => [nameOf(record), ...record.aliases.map((alias) => `(${alias})`)].join(' '));
  return new NightjarError(
    'REGIONS_UNKNOWN',
    `Expected "${NO_REGIONS}", NAME@VERSION or an alias of a region snapshot but received ` +
      `"${reference}". There ${existing.length === 0 ? 'is none yet: import one' : `is: ${existing.join(', ')}`}.`,
  );
}

function nameOf({ name, version }: RegionSnapshotRecord): string {
  return `${name}@${version}`;
}

function isComplete({ completedAt }: RegionSnapshotRecord): boolean {
  return completedAt !== null;
}
