/**
 * What the benchmarks of the neighbourhood stand on: a node as it is served, in a process of its own whose CPU is
 * counted with all its threads, and connections of its admin through the door `/peer`, sealed as those of programs.
 */

import { join } from 'node:path';
import { MemoryKeep, openCopse } from 'copse';
import { realEnv } from 'copse/internal/base/env.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { PeerEvents, PeerRemote } from 'copse/internal/api/peer.ts';
import { signKeyOf, userKeysOf, type SignKey } from 'copse/internal/client/identity.ts';
import { blessFor, PeerLine } from 'copse/internal/client/neighbourhood/line.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { socketTo } from 'copse/internal/native/runtime.ts';
import { scratch } from '../../e2e/support/garden.ts';
import { begun, freePort } from '../../e2e/support/node.ts';
import { must } from 'copse/internal/base/assert.ts';
import { cpuSecondsOf, rssMbOf } from '../rivals/process.ts';

const MAIN = 'server/src/cli/main.ts';
const PLENTY = String(2 ** 40);
const SILENT: PeerEvents = { messages: () => {}, caughtUp: () => {} };

export const env = realEnv();
export const primitives = nativePrimitives();

export interface Caller extends Disposable {
  readonly remote: PeerRemote;
}

/** A data directory with an admin, and the node on it while it is served. */
export interface PeerGround extends AsyncDisposable {
  readonly data: string;
  readonly url: string;
  readonly node: Key;
  readonly admin: SignKey;
  connect(events?: PeerEvents): Promise<Caller>;
  /** Of the node, all its threads. */
  cpuSeconds(): number;
  rssMb(): number;
  stop(): Promise<void>;
  /** Again on the same data, with other flags. */
  serve(flags?: readonly string[]): Promise<void>;
}

export async function peerGround(flags: readonly string[] = [], at?: number): Promise<PeerGround> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await scratch());
  const data = join(folder.path, 'data');
  const port = at ?? (await freePort());
  let now: Awaited<ReturnType<typeof begun>> | null = null;
  const stop = async (): Promise<void> => {
    const child = now?.child;
    now = null;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await gone;
  };
  const serve = async (own: readonly string[] = []): Promise<void> => {
    now = await begun([MAIN, 'serve', ...usual(data, port), ...flags, ...own]);
  };
  owned.defer(stop);
  await serve();
  const said = must(now as Awaited<ReturnType<typeof begun>> | null, 'it runs').said;
  const { node, admin } = await adminOf(must(said.setup, 'a first start prints a link'));
  const pid = (): number => must(now?.child.pid, 'it runs');
  const kept = owned.move();
  return {
    data,
    url: said.url,
    node,
    admin,
    connect: (events = SILENT) => connected({ url: said.url, node, admin }, events),
    cpuSeconds: () => cpuSecondsOf(pid()),
    rssMb: () => rssMbOf(pid()),
    stop,
    serve,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function usual(data: string, port: number): readonly string[] {
  const room = ['--user-message-bytes', PLENTY, '--message-bytes', PLENTY];
  return ['--data', data, '--port', String(port), '--json', '--log-level', 'warn', ...room];
}

async function adminOf(setup: string): Promise<{ readonly node: Key; readonly admin: SignKey }> {
  await using copse = await openCopse(setup, { keep: new MemoryKeep(), name: 'Ada' });
  const { sign } = await userKeysOf(primitives, await copse.secret());
  return { node: copse.node.key, admin: sign };
}

async function connected(
  { url, node, admin }: { readonly url: string; readonly node: Key; readonly admin: SignKey },
  events: PeerEvents,
): Promise<Caller> {
  const line = new PeerLine({
    env,
    primitives,
    dial: socketTo,
    url,
    node,
    greet: async () => {
      const device = await signKeyOf(primitives, env.random(32));
      return { device, blessing: await blessFor({ env, primitives, node }, admin, device.publicKey) };
    },
    events,
    onUp: () => {},
    onDown: () => {},
  });
  return { remote: await line.get(), [Symbol.dispose]: () => line.close() };
}

/** CPU of a process while something is done, in microseconds for each of so many. */
export async function cpuPer(of: { cpuSeconds(): number }, count: number, task: () => Promise<void>) {
  const before = of.cpuSeconds();
  const beganMs = performance.now();
  await task();
  const ms = performance.now() - beganMs;
  return { ms, cpuUs: ((of.cpuSeconds() - before) * 1e6) / count, perSecond: (count * 1000) / ms };
}
