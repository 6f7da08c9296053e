import type { Scope } from '../domain/scope.ts';
import { type Queryable, sql } from './postgres-database.ts';

/** A key as it is kept: not the key itself, which is shown once. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** A key that somebody presents, looked up by its id. */
export interface FoundKey {
  /** Null where there is no such key, or no longer. */
  readonly scopes: readonly Scope[] | null;
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string | null;
  /** Whether there ever was a key, revoked ones included. */
  readonly anyKey: boolean;
}

export async function findApiKey(database: Queryable, id: string): Promise<FoundKey> {
  const { rows } = await database.query<FoundKey & Record<string, unknown>>(sql('find-api-key'), [
    id,
  ]);
  return rows[0] ?? { scopes: null, hash: null, anyKey: false };
}

/** All keys ever made, the oldest first. */
export async function listApiKeys(database: Queryable): Promise<ApiKey[]> {
  const { rows } = await database.query<ApiKey & Record<string, unknown>>(sql('list-api-keys'));
  return rows;
}

/** @returns false where a key of the name is in use */
export async function addApiKey(
  database: Queryable,
  key: { id: string; name: string; scopes: readonly Scope[]; hash: Uint8Array },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `insert into nightjar.api_keys (id, name, scopes, hash) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [key.id, key.name, key.scopes, key.hash],
  );
  return rowCount === 1;
}

/** @param ref its id or its name. @returns false where there is none in use */
export async function revokeApiKey(database: Queryable, ref: string): Promise<boolean> {
  const { rowCount } = await database.query(
    'update nightjar.api_keys set revoked_at = now() where (id = $1 or name = $1) and revoked_at is null',
    [ref],
  );
  return (rowCount ?? 0) > 0;
}
