import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { messageOf, NightjarError } from './domain/errors.ts';
import { parseBytes } from './domain/units.ts';

/** One setting: what it may be, in words and as a schema, and its name in the environment. */
interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly expected: string;
  readonly env: string;
  readonly fallback: T;
}

const integer = (min: number, max: number, env: string, fallback: number): Setting<number> => ({
  schema: z.coerce.number().int().min(min).max(max),
  expected: `a whole number from ${min} to ${max}`,
  env,
  fallback,
});

const bytes = (env: string, fallback: number): Setting<number> => ({
  schema: z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parseBytes(String(value));
    if (parsed === null || parsed < 1) context.addIssue('not a size');
    return parsed ?? 0;
  }),
  expected: 'bytes, like 64MiB',
  env,
  fallback,
});

const text = (env: string, fallback: string): Setting<string> => ({
  schema: z.string().min(1),
  expected: 'text that is not empty',
  env,
  fallback,
});

const address = (env: string): Setting<string | null> => ({
  schema: z.nullable(z.url({ protocol: /^https?$/, hostname: /.*/ })),
  expected: 'a URL like https://host/path',
  env,
  fallback: null,
});

/** Every setting: its schema, what it may be in words, its environment variable, its default. */
export const SETTINGS = {
  databaseUrl: {
    schema: z.nullable(z.url({ protocol: /^postgres(ql)?$/, hostname: /.*/ })),
    expected: 'a URL like postgresql://user:password@host:5432/database',
    env: 'DATABASE_URL',
    fallback: null,
  } satisfies Setting<string | null> as Setting<string | null>,
  databasePoolSize: integer(4, 100, 'NIGHTJAR_DATABASE_POOL_SIZE', 8),
  databaseTimeoutMs: integer(100, 3_600_000, 'NIGHTJAR_DATABASE_TIMEOUT_MS', 60_000),
  home: text('NIGHTJAR_HOME', '.nightjar'),
  modelsDir: text('NIGHTJAR_MODELS_DIR', 'models'),
  jobsDir: text('NIGHTJAR_JOBS_DIR', 'jobs'),
  logLevel: {
    schema: z.enum(['error', 'warn', 'info', 'debug']),
    expected: 'error, warn, info or debug',
    env: 'LOG_LEVEL',
    fallback: 'info',
  } satisfies Setting<LogLevel> as Setting<LogLevel>,
  batchSize: integer(1, 1024, 'NIGHTJAR_BATCH_SIZE', 32),
  shardSize: integer(1, 10_000, 'NIGHTJAR_SHARD_SIZE', 500),
  fetchConcurrency: integer(1, 256, 'NIGHTJAR_FETCH_CONCURRENCY', 16),
  decodeConcurrency: integer(1, 256, 'NIGHTJAR_DECODE_CONCURRENCY', availableParallelism() + 1),
  inferenceWorkers: integer(1, 256, 'NIGHTJAR_INFERENCE_WORKERS', availableParallelism()),
  maxBytesInFlight: bytes('NIGHTJAR_MAX_BYTES_IN_FLIGHT', 256 * 2 ** 20),
  maxImageBytes: bytes('NIGHTJAR_MAX_IMAGE_BYTES', 64 * 2 ** 20),
  maxImagePixels: integer(1, 2_000_000_000, 'NIGHTJAR_MAX_IMAGE_PIXELS', 100_000_000),
  heartbeatSeconds: integer(10, 3600, 'NIGHTJAR_HEARTBEAT_SECONDS', 60),
  maxAttempts: integer(1, 100, 'NIGHTJAR_MAX_ATTEMPTS', 3),
  requestTimeoutMs: integer(100, 3_600_000, 'NIGHTJAR_REQUEST_TIMEOUT_MS', 30_000),
  minObservations: integer(25, 1_000_000, 'NIGHTJAR_MIN_OBSERVATIONS', 25),
  minFreeDiskBytes: bytes('NIGHTJAR_MIN_FREE_DISK_BYTES', 2 ** 30),
  webhookUrl: address('NIGHTJAR_WEBHOOK_URL'),
  successPingUrl: address('NIGHTJAR_SUCCESS_PING_URL'),
  metricsFile: {
    // node_exporter reads no other.
    schema: z.nullable(z.string().regex(/[^/]\.prom$/)),
    expected: 'a path that ends in .prom',
    env: 'NIGHTJAR_METRICS_FILE',
    fallback: null,
  } satisfies Setting<string | null> as Setting<string | null>,
  host: text('NIGHTJAR_HOST', '127.0.0.1'),
  port: integer(0, 65_535, 'PORT', 8080),
  rateLimit: integer(1, 1_000_000, 'NIGHTJAR_RATE_LIMIT', 1200),
  statementTimeoutMs: integer(100, 600_000, 'NIGHTJAR_STATEMENT_TIMEOUT_MS', 10_000),
  sensitiveTaxaFile: {
    schema: z.nullable(z.string().min(1)),
    expected: 'a path',
    env: 'NIGHTJAR_SENSITIVE_TAXA_FILE',
    fallback: null,
  } satisfies Setting<string | null> as Setting<string | null>,
};

/** Settings that hold passwords or tokens: a problem with one does not show what was found. */
const SECRETS: readonly string[] = ['databaseUrl', 'webhookUrl', 'successPingUrl'];

type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Every setting with its value; the README's table says what each is for. */
export type Config = {
  readonly [Key in keyof typeof SETTINGS]: (typeof SETTINGS)[Key] extends Setting<infer T>
    ? T
    : never;
};

/** Where a configuration is read from. */
export interface ConfigSources {
  /** Folder with `config/`. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the command line; undefined where a flag was not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * Defaults < `config/default.yaml` < `config/$NIGHTJAR_ENV.yaml` < environment < flags.
 *
 * @throws CONFIGURATION_INVALID with every problem at once: file, key, what was expected, what found
 */
export function loadConfig({ cwd, env, flags = {} }: ConfigSources): Config {
  const problems: string[] = [];
  const layers = [
    readYamlLayer(cwd, 'config/default.yaml', false, problems),
    ...(env.NIGHTJAR_ENV
      ? [readYamlLayer(cwd, `config/${env.NIGHTJAR_ENV}.yaml`, true, problems)]
      : []),
    envLayer(env),
    { origin: 'command line', values: flags },
  ];
  problems.push(...findUnknownVariables(env));
  const config: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS)) config[key] = setting.fallback;
  for (const layer of layers) applyLayer(layer, config, problems);
  if (problems.length > 0) throw invalidConfiguration(problems);
  return Object.freeze(config) as Config;
}

/** One error for all problems of a configuration, one line each. */
export function invalidConfiguration(problems: readonly string[]): NightjarError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new NightjarError(
    'CONFIGURATION_INVALID',
    `${count} in the configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  );
}

/** A value as it is shown in a problem. */
export function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

interface Layer {
  readonly origin: string;
  readonly values: Readonly<Record<string, unknown>>;
}

function readYamlLayer(cwd: string, file: string, required: boolean, problems: string[]): Layer {
  const values = readYamlObject(join(cwd, file), file, required, problems);
  for (const key of Object.keys(values).filter((known) => !(known in SETTINGS))) {
    problems.push(`${file}: ${key}: no such setting; the README lists them`);
  }
  return { origin: file, values };
}

/** The object in a YAML file; empty, with a problem noted, where there is none. */
export function readYamlObject(
  path: string,
  name: string,
  required: boolean,
  problems: string[],
): Record<string, unknown> {
  if (!existsSync(path)) {
    if (required) problems.push(`${name}: expected this file but there is none`);
    return {};
  }
  try {
    const parsed: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {};
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
    problems.push(`${name}: expected keys with values but found ${show(parsed)}`);
  } catch (error) {
    problems.push(`${name}: expected YAML but: ${messageOf(error).split('\n')[0]}`);
  }
  return {};
}

/** Variables of ours that are no settings: the layer's name, a supervisor's word, and what the tests take. */
const OTHER_VARIABLES = [
  'NIGHTJAR_ENV',
  'NIGHTJAR_SUPERVISED',
  'NIGHTJAR_SHARED_DATA',
  'NIGHTJAR_TEST_REPORT',
];

function findUnknownVariables(env: ConfigSources['env']): string[] {
  const known = new Set([...OTHER_VARIABLES, ...Object.values(SETTINGS).map((s) => s.env)]);
  return Object.keys(env)
    .filter((name) => name.startsWith('NIGHTJAR_') && !known.has(name))
    .map((name) => `environment: ${name}: no such setting; the README lists them`);
}

function envLayer(env: ConfigSources['env']): Layer {
  const set = Object.entries(SETTINGS).filter(([, setting]) => env[setting.env]);
  return {
    origin: 'environment',
    values: Object.fromEntries(set.map(([key, setting]) => [key, env[setting.env]])),
  };
}

function applyLayer(layer: Layer, config: Record<string, unknown>, problems: string[]): void {
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const value = layer.values[key];
    if (value === undefined) continue;
    const parsed = setting.schema.safeParse(value);
    if (parsed.success) config[key] = parsed.data;
    else {
      const name = layer.origin === 'environment' ? setting.env : key;
      const found = SECRETS.includes(key) ? 'something else' : show(value);
      problems.push(`${layer.origin}: ${name}: expected ${setting.expected}, found ${found}`);
    }
  }
}
