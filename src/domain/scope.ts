/** What an API key may read: everything with sensitive positions coarsened, or everything as it is. */
export const SCOPES = ['read', 'read:precise'] as const;
export type Scope = (typeof SCOPES)[number];
