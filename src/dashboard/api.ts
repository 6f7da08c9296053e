/** An answer that is none; the API's own words where it had any. */
export class ApiError extends Error {
  /** HTTP status; 0 where the server was not reached. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Parameters = Readonly<Record<string, string | number | readonly string[] | null>>;

/** What happens when a key is no longer good; set once, by the page. */
export const onSignedOut = { do: (): void => {} };

/**
 * Asks the API.
 *
 * @param parameters empty lists, empty texts and nulls are left out
 * @throws ApiError
 */
export async function ask<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await reach(`${path}${toQuery(parameters)}`, { signal: signal ?? null });
  return (await response.json()) as T;
}

/** Sends the key, or takes it back. @throws ApiError */
export async function signIn(key: string): Promise<void> {
  await reach('/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
}

export async function signOut(): Promise<void> {
  await reach('/v1/session', { method: 'DELETE' });
}

async function reach(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options).catch((error: Error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The server does not answer.');
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  if (response.status === 401 && options.method !== 'POST') onSignedOut.do();
  throw new ApiError(
    response.status,
    problem?.detail ?? `The server answered with ${response.status}.`,
  );
}

function toQuery(parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
    if (text) query.set(name, text);
  }
  return query.size > 0 ? `?${query}` : '';
}
