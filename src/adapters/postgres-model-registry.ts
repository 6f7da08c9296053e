import { isDeepStrictEqual } from 'node:util';
import { NightjarError } from '../domain/errors.ts';
import type { ModelVersion } from '../domain/model.ts';
import type { Label } from '../domain/taxonomy.ts';
import type { ModelPackage } from './model-package.ts';
import { type Database, sql } from './postgres-database.ts';

/** A registered version as `models list` shows it. */
export interface RegisteredModel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly labels: number;
  readonly aliases: readonly string[];
  readonly addedAt: Date;
}

/** The alias that jobs and dashboards use. */
const DEFAULT_ALIAS = 'production';

/**
 * Registers a package that was checked. Versions are immutable: the same again changes nothing.
 *
 * @returns whether it is new
 * @throws MODEL_INVALID when the version is registered with other content
 */
export async function registerModel(database: Database, model: ModelPackage): Promise<boolean> {
  const { manifest, labels } = model;
  return database.transaction(async (client) => {
    await client.query('insert into nightjar.models (name) values ($1) on conflict do nothing', [
      manifest.name,
    ]);
    const { rowCount } = await client.query(sql('register-model-version'), [
      manifest.name,
      manifest.version,
      manifest.sha256,
      JSON.stringify(manifest),
      JSON.stringify(labels),
    ]);
    if (rowCount) return true;
    const { rows } = await client.query<{ manifest: unknown; labels: unknown }>(
      sql('find-model-version'),
      [manifest.name, manifest.version],
    );
    const same =
      isDeepStrictEqual(rows[0]?.manifest, JSON.parse(JSON.stringify(manifest))) &&
      isDeepStrictEqual(rows[0]?.labels, labels);
    if (!same) throw immutable(model);
    return false;
  });
}

/** All versions, by name, the newest first. */
export async function listModels(database: Database): Promise<RegisteredModel[]> {
  const { rows } = await database.query<RegisteredModel>(sql('list-models'));
  return rows;
}

/**
 * Points an alias at a version; runs under way keep the one they pinned.
 *
 * @param ref `NAME@VERSION`, or `NAME@ALIAS` to copy where another alias points
 * @throws MODEL_UNKNOWN
 */
export async function promoteModel(
  database: Database,
  ref: string,
  alias = DEFAULT_ALIAS,
): Promise<ModelVersion> {
  if (!/^[a-z][a-z0-9-]*$/.test(alias)) {
    throw new NightjarError(
      'USAGE',
      `Expected lower-case letters, digits and dashes for the alias but received "${alias}".`,
    );
  }
  const version = await resolveModel(database, ref);
  await database.query(sql('promote-model'), [version.id, alias]);
  return version;
}

/**
 * The version that `NAME@ALIAS` or `NAME@VERSION` means now; a version goes before an alias.
 *
 * @throws MODEL_UNKNOWN with what there is
 */
export async function resolveModel(database: Database, ref: string): Promise<ModelVersion> {
  const [name = '', versionOrAlias = ''] = ref.split('@');
  const { rows } = await database.query<Omit<ModelVersion, 'labels'> & { labels: Label[] }>(
    sql('resolve-model'),
    [name, versionOrAlias],
  );
  if (rows[0]) return rows[0];
  const known = (await listModels(database)).flatMap((model) => [
    `${model.name}@${model.version}`,
    ...model.aliases.map((alias) => `${model.name}@${alias}`),
  ]);
  throw new NightjarError(
    'MODEL_UNKNOWN',
    `Expected a registered model but received "${ref}". There is ${known.join(', ') || 'none yet'}. ` +
      'Add one with `nightjar models add DIR`, promote one with `nightjar models promote NAME@VERSION`.',
  );
}

function immutable({ manifest }: ModelPackage): NightjarError {
  return new NightjarError(
    'MODEL_INVALID',
    `Expected ${manifest.name}@${manifest.version} as it was registered, but its manifest, labels or file have changed. ` +
      'Versions are immutable, as predictions refer to them: give the changed package a new version.',
  );
}
