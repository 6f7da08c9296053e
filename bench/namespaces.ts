import { execFileSync } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Where a process runs: on this machine as it is, or in a network namespace of its own. */
export interface Place {
  /** This machine's address as seen from there. */
  readonly host: string;
  /** What its command begins with. */
  readonly prefix: readonly string[];
  remove(): void;
}

/** Namespaces joined to this machine by a pair of virtual cards each; null where that is not allowed. */
export function openNamespaces(count: number): Place[] | null {
  const places: Place[] = [];
  try {
    for (let n = 0; n < count; n++) places.push(openNamespace(n));
    return places;
  } catch {
    for (const place of places) place.remove();
    return null;
  }
}

function openNamespace(n: number): Place {
  const name = `nightjar-${process.pid}-${n}`;
  const [outside, inside] = [`nj${process.pid % 1e6}o${n}`, `nj${process.pid % 1e6}i${n}`];
  const host = `10.213.${n}.1`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
  ip('netns', 'add', name);
  const remove = () => {
    ip('netns', 'del', name); // and the cards with it
  };
  try {
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
    ip('addr', 'add', `${host}/30`, 'dev', outside);
    ip('link', 'set', outside, 'up');
    ip('-n', name, 'addr', 'add', `10.213.${n}.2/30`, 'dev', inside);
    ip('-n', name, 'link', 'set', inside, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  } catch (error) {
    remove();
    throw error;
  }
  return { host, prefix: ['ip', 'netns', 'exec', name], remove };
}

/** Every process on this machine as it is. */
export function plainPlaces(count: number): Place[] {
  return Array.from({ length: count }, () => ({ host: '127.0.0.1', prefix: [], remove() {} }));
}

/** Passes connections on to a port of the loopback interface, where the embedded PostgreSQL listens. */
export async function openDoor(port: number): Promise<{ port: number; close(): void }> {
  const server = createServer((caller) => {
    const inner = connect(port, '127.0.0.1');
    caller.pipe(inner).pipe(caller);
    caller.on('error', () => inner.destroy());
    inner.on('error', () => caller.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, '0.0.0.0', ready));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
