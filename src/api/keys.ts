import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scope } from '../domain/scope.ts';

/** A key as it is presented: `nj_ID_SECRET`. */
const FORM = /^nj_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/;
/** 32 characters that nobody takes for one another. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
/** How long what is known of a key is taken for true: a revoked key works for so long at most. */
const REMEMBER_MS = 5000;
const MAX_REMEMBERED = 1000;

/** What is known of a key with this id; see `adapters/postgres-api-keys.ts`. */
export type FindKey = (id: string) => Promise<{
  readonly scopes: readonly Scope[] | null;
  readonly hash: string | null;
  readonly anyKey: boolean;
}>;

/** A new key: what is shown once, and what is kept. */
export function createKey(): { key: string; id: string; hash: Buffer } {
  const id = [...randomBytes(12)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  const secret = randomBytes(32).toString('base64url');
  return { key: `nj_${id}_${secret}`, id, hash: hashOf(secret) };
}

/** The public half of a key; null for what is none. */
export function idOf(key: string): string | null {
  return FORM.exec(key)?.[1] ?? null;
}

/** Tells what a presented key may read. */
export class KeyRing {
  readonly #find: FindKey;
  readonly #remembered = new Map<
    string,
    { readonly until: number; readonly found: ReturnType<FindKey> }
  >();

  constructor(find: FindKey) {
    this.#find = find;
  }

  /** Whether there ever was a key: before, only this machine may ask, and needs none. */
  async hasAny(): Promise<boolean> {
    return (await this.#look('')).anyKey;
  }

  /** @returns null for a key that is none, or no longer */
  async scopesOf(key: string): Promise<readonly Scope[] | null> {
    const [, id, secret] = FORM.exec(key) ?? [];
    if (!id || !secret) return null;
    const { scopes, hash } = await this.#look(id);
    if (!scopes || !hash) return null;
    const [kept, presented] = [Buffer.from(hash, 'hex'), hashOf(secret)];
    return kept.length === presented.length && timingSafeEqual(kept, presented) ? scopes : null;
  }

  #look(id: string): ReturnType<FindKey> {
    const known = this.#remembered.get(id);
    if (known && known.until > Date.now()) return known.found;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear(); // somebody is guessing
    const found = this.#find(id);
    this.#remembered.set(id, { until: Date.now() + REMEMBER_MS, found });
    found.catch(() => this.#remembered.delete(id));
    return found;
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
