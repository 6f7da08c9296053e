import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon, { type Result } from 'autocannon';
import { addApiKey } from '../src/adapters/postgres-api-keys.ts';
import { createKey } from '../src/api/keys.ts';
import type { ServerOrder } from './api-server.ts';
import { openReads } from './open-reads.ts';
import { median } from './speed/median.ts';

// The API under load, next to bare routes that send the same statements to the same database, in turns:
// npm run bench:api -- --photos 1000000 --rounds 5 --seconds 10
const { values: flags } = parseArgs({
  options: {
    photos: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** What a dashboard asks for, and how often of 20 times. */
const MIX: readonly [times: number, path: string][] = [
  [4, '/v1/predictions?limit=50'],
  [2, '/v1/predictions?limit=50&taxon=Genus1%20species1'],
  [1, '/v1/predictions?limit=50&taxon=Genus30%20species30'],
  [2, '/v1/predictions?limit=50&from=2025-03-01&to=2025-03-08&minScore=0.5'],
  [1, '/v1/predictions?limit=50&bbox=12,-30,20,-20'],
  [3, '/v1/photos/123456'],
  [2, '/v1/stats/daily?by=day&width=week'],
  [1, '/v1/stats/daily?by=area&from=2025-01-01&to=2025-03-31'],
  [1, '/v1/stats/daily?by=day,label&width=month'],
  [1, '/v1/species'],
  [2, '/v1/runs?limit=20'],
];

interface Figures {
  readonly kind: ServerOrder['kind'];
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly faults: number;
}

const chosen = MIX.filter(([, path]) => !flags.only || path.includes(flags.only));
const opened = await openReads(Number(flags.photos), flags.keep ?? null);
const { key, id, hash } = createKey();
await addApiKey(opened.database, { id, name: `bench-${id}`, scopes: ['read'], hash });
const headers = { authorization: `Bearer ${key}`, host: 'localhost' };
const paths = chosen.map(([, path]) => path);
const servers: ChildProcess[] = [];
try {
  const ports = new Map<ServerOrder['kind'], number>();
  for (const kind of ['api', 'bare'] as const)
    ports.set(kind, await start({ kind, url: opened.url, paths, headers }));
  const rounds: Figures[][] = [];
  for (const kind of ['api', 'bare'] as const) await load(kind, ports.get(kind) ?? 0, 3); // warm
  for (let round = 0; round < Number(flags.rounds); round++) {
    // Who comes first takes turns, too.
    const order = round % 2 === 0 ? (['api', 'bare'] as const) : (['bare', 'api'] as const);
    const pair: Figures[] = [];
    for (const kind of order)
      pair.push(await load(kind, ports.get(kind) ?? 0, Number(flags.seconds)));
    rounds.push(pair);
    if (!flags.json) for (const one of pair) print(String(round + 1), one);
  }
  report(rounds);
} finally {
  for (const server of servers) server.disconnect();
  await opened.close();
}

async function start(order: ServerOrder): Promise<number> {
  const child = fork(fileURLToPath(new URL('api-server.ts', import.meta.url)));
  servers.push(child);
  child.send(order);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return port;
}

async function load(kind: ServerOrder['kind'], port: number, seconds: number): Promise<Figures> {
  const times: number[] = [];
  const result = await new Promise<Result>((done, fail) => {
    const order = {
      url: `http://127.0.0.1:${port}`,
      connections: Number(flags.connections),
      duration: seconds,
      requests: chosen.flatMap(([count, path]) =>
        Array.from({ length: count }, () => ({ path, headers })),
      ),
    };
    const cannon = autocannon(order, (error, all) => (error ? fail(error) : done(all)));
    cannon.on('response', (_client: unknown, _status: number, _bytes: number, time: number) =>
      times.push(time),
    );
  });
  times.sort((a, b) => a - b);
  const quantile = (share: number) =>
    Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  const faults = result.errors + result.timeouts + result.non2xx;
  const [p50, p95, p99] = [quantile(0.5), quantile(0.95), quantile(0.99)];
  return { kind, rate: result.requests.average, p50, p95, p99, faults };
}

function report(rounds: readonly Figures[][]): void {
  const of = (kind: Figures['kind']) =>
    rounds.flatMap((pair) => pair.filter((one) => one.kind === kind));
  const ratios = rounds.map((pair) => {
    const rate = (kind: Figures['kind']) => pair.find((one) => one.kind === kind)?.rate ?? 0;
    return rate('api') / rate('bare');
  });
  const share = median(ratios);
  if (flags.json) {
    console.log(
      JSON.stringify({
        photos: Number(flags.photos),
        connections: Number(flags.connections),
        rounds,
        share,
      }),
    );
    return;
  }
  for (const kind of ['api', 'bare'] as const) print('median', medians(of(kind)));
  console.log(
    `the API answers ${(share * 100).toFixed(0)}% of what bare routes do (${ratios.map((r) => (r * 100).toFixed(0)).join(', ')})`,
  );
}

function medians(all: readonly Figures[]): Figures {
  const of = (name: 'rate' | 'p50' | 'p95' | 'p99' | 'faults') =>
    median(all.map((one) => one[name]));
  return {
    kind: all[0]?.kind ?? 'api',
    rate: of('rate'),
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    faults: of('faults'),
  };
}

function print(round: string, { kind, rate, p50, p95, p99, faults }: Figures): void {
  const figures = `${rate.toFixed(0)} a second, ${p50} / ${p95} / ${p99} ms (50, 95, 99%)`;
  console.log(
    `${round.padStart(6)}  ${kind.padEnd(4)}  ${figures}${faults ? `, ${faults} FAULTS` : ''}`,
  );
}
