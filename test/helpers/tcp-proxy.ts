import { type AddressInfo, createServer, Socket } from 'node:net';
import type { Random } from './seeded-random.ts';

/** A network between a program and its server that can be made a bad one at any time. */
export interface TcpProxy {
  readonly port: number;
  /** `url` with this proxy in the place of its host and port. */
  through(url: string): string;
  /** Connections open now. */
  readonly connections: number;
  /** Ends every connection: `rst` as a killed machine's, `fin` as a server's that says goodbye. */
  cut(how?: 'rst' | 'fin'): void;
  /** Resets new connections at once, until `accept`. */
  refuse(): void;
  accept(): void;
  /** Holds back every byte from now on, of new connections as well, until `release`: no RST, no FIN. */
  stall(): void;
  release(): void;
  /** Milliseconds that each chunk is held back; 0 ends it. */
  delay(ms: number): void;
  /** Resets the connection that is first to have received this many bytes from the server. */
  cutAfter(bytes: number): void;
  /**
   * Delivers the next message of a client that contains `text`, and nothing more of that connection
   * to the client: the server has done it, and the client never hears of it.
   * @returns resolves when it has happened
   */
  swallowAnswerTo(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy on loopback for a port of loopback. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const rules: Rules = { refusing: false, delayMs: 0, gate: openGate(), cutAfter: Infinity };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (rules.refusing) return client.resetAndDestroy();
    const pair: Pair = { client, upstream: new Socket({ allowHalfOpen: true }), muted: false };
    pairs.add(pair);
    for (const socket of [pair.client, pair.upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        // What breaks on one side breaks on the other, but a muted client is to hear nothing of it.
        if (socket.errored || socket === pair.client) pair.upstream.destroy();
        if (socket.errored && !pair.muted) pair.client.resetAndDestroy();
        if (pair.client.destroyed && pair.upstream.destroyed) pairs.delete(pair);
      });
    }
    pair.upstream.connect(targetPort, '127.0.0.1');
    pump(pair, 'toServer', rules);
    pump(pair, 'toClient', rules);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const release = () => rules.gate.open();
  return {
    port,
    through(url) {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${port}`;
      return changed.href.replace(/\/$/, url.endsWith('/') ? '/' : '');
    },
    get connections() {
      return pairs.size;
    },
    cut(how = 'rst') {
      for (const pair of pairs) end(pair, how);
    },
    refuse: () => {
      rules.refusing = true;
    },
    accept: () => {
      rules.refusing = false;
    },
    stall() {
      release();
      rules.gate = closedGate();
    },
    release,
    delay(ms) {
      rules.delayMs = ms;
    },
    cutAfter(bytes) {
      rules.cutAfter = bytes;
    },
    swallowAnswerTo: (text) =>
      new Promise((happened) => {
        rules.swallow = { text, happened };
      }),
    async close() {
      release();
      for (const { client, upstream } of pairs) {
        client.destroy();
        upstream.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Makes the network bad at random moments, with pauses in which it is good, until stopped.
 *
 * @param pauseMs from and to, between two faults
 * @param stallMs for how long a stall lasts at most
 * @returns stops it, leaves the network good, and gives the faults there were
 */
export function disturb(
  proxy: TcpProxy,
  random: Random,
  { pauseMs, stallMs }: { pauseMs: readonly [number, number]; stallMs: number },
): () => Promise<string[]> {
  const stopped = new AbortController();
  const happened: string[] = [];
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      stopped.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  const heal = () => {
    proxy.accept();
    proxy.release();
    proxy.delay(0);
  };
  const faults: Record<string, () => Promise<void> | void> = {
    rst: () => proxy.cut('rst'),
    fin: () => proxy.cut('fin'),
    refuse: async () => {
      proxy.refuse();
      proxy.cut('rst');
      await sleep(random.between(50, 600));
    },
    delay: async () => {
      proxy.delay(random.between(20, 120));
      await sleep(500);
    },
    stall: async () => {
      proxy.stall();
      await sleep(random.between(100, stallMs));
    },
    'cut after some bytes': async () => {
      proxy.cutAfter(random.between(1, 20_000));
      await sleep(200);
    },
  };
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await sleep(random.between(...pauseMs));
      if (stopped.signal.aborted) break;
      const fault = random.pick(Object.keys(faults));
      happened.push(fault);
      await faults[fault]?.();
      heal();
    }
  })();
  return async () => {
    stopped.abort();
    await running;
    heal();
    return happened;
  };
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** The client hears nothing any more. */
  muted: boolean;
}

interface Rules {
  refusing: boolean;
  delayMs: number;
  gate: Gate;
  cutAfter: number;
  swallow?: { text: string; happened: () => void } | undefined;
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

/** Bytes of one direction, in their order; a slow receiver or a closed gate holds the sender back. */
async function pump(pair: Pair, direction: 'toServer' | 'toClient', rules: Rules): Promise<void> {
  const [from, to] =
    direction === 'toServer' ? [pair.client, pair.upstream] : [pair.upstream, pair.client];
  let passed = 0;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await rules.gate.passed;
      if (rules.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, rules.delayMs));
      if (pair.muted && direction === 'toClient') continue;
      if (direction === 'toServer' && rules.swallow && chunk.includes(rules.swallow.text)) {
        pair.muted = true;
        rules.swallow.happened();
        rules.swallow = undefined;
      }
      passed += chunk.length;
      if (direction === 'toClient' && passed >= rules.cutAfter) {
        rules.cutAfter = Infinity;
        to.write(chunk.subarray(0, chunk.length / 2), () => end(pair, 'rst'));
        return;
      }
      if (!to.write(chunk))
        await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
    }
    await rules.gate.passed;
    if (!(pair.muted && direction === 'toClient')) to.end();
  } catch {
    // Broken: the sockets' own listeners tell the other side.
  }
}

function end({ client, upstream }: Pair, how: 'rst' | 'fin'): void {
  if (how === 'rst') {
    client.resetAndDestroy();
    upstream.resetAndDestroy();
  } else {
    client.end(() => client.destroy());
    upstream.end(() => upstream.destroy());
  }
}

function openGate(): Gate {
  return { passed: Promise.resolve(), open() {} };
}

function closedGate(): Gate {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
