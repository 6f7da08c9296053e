import type { HealthRule } from '../health/find-problems.ts';
import type { Health } from '../health/health.ts';
import type { Log, PhotoSource } from '../ports.ts';
import type { PrivacyGuard } from '../privacy/privacy-guard.ts';
import type { Reads } from '../reads.ts';
import type { PlaceFeatures } from '../regions/lookup.ts';
import type { Rejects } from '../rejects.ts';
import type { FindKey, KeyRing } from './keys.ts';
import type { ModelFilter } from './model-filter.ts';
import type { Thumbnails } from './thumbnails.ts';

/** What the API needs of the world; only `commands` and tests know what it is made of. */
export interface ApiAdapters {
  readonly reads: Reads;
  readonly rejects: Pick<Rejects, 'listPage'>;
  readonly findKey: FindKey;
  readHealth(): Promise<Health>;
  /** What jobs are judged by, as their files say now. */
  readRules(health: Health): readonly HealthRule[];
  /**
   * @param snapshot an alias or NAME@VERSION
   * @param finest H3 resolution beyond which no cell answers; null: the snapshot's own
   * @throws REGIONS_UNKNOWN
   */
  lookUp(
    snapshot: string,
    place: { latitude: number; longitude: number; month: number },
    finest: number | null,
  ): Promise<PlaceFeatures & { readonly snapshot: string }>;
  /** @param url as photos name it. @throws SOURCE_UNREACHABLE */
  openSource(url: string): Promise<PhotoSource>;
}

/** How the API is served; the README's table of settings says what each is for. */
export interface ApiOptions {
  /** Whether it listens on this machine alone. */
  readonly loopback: boolean;
  /** Requests that one key, or one address without a key, may make in a minute. */
  readonly rateLimit: number;
  /** Names of taxa whose positions are told coarsely. */
  readonly sensitiveTaxa: ReadonlySet<string>;
  readonly maxImagePixels: number;
  /** The folder of the dashboard's files; null: the API alone. */
  readonly dashboard: string | null;
  readonly version: string;
  readonly log: Log;
}

/** What routes work with. */
export interface ApiContext extends ApiAdapters {
  readonly guard: PrivacyGuard;
  readonly models: ModelFilter;
  readonly ring: KeyRing;
  readonly thumbnails: Thumbnails;
  readonly options: ApiOptions;
}
