/**
 * A node in several processes: auth with the app, and tails that share a journal in PostgreSQL. Each can be
 * killed, stopped in its tracks and started again.
 */

import { copyFileSync, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { begun, freePort, startNode, type NodeChild, type Started } from './node.ts';

const MAIN = 'server/src/cli/main.ts';
const PATIENCE_MS = 20_000;

export interface TailChild extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** What it was started with. */
  readonly flags: readonly string[];
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
  /** On the same data and port. */
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  figure(name: string): Promise<number>;
}

export interface House extends AsyncDisposable {
  readonly auth: NodeChild;
  readonly tails: readonly TailChild[];
  /** The tail that serves the shard, as soon as one does. */
  owner(): Promise<TailChild>;
}

export async function startHouse(
  folder: string,
  database: string,
  names: readonly string[],
  authFlags: readonly string[] = [],
): Promise<House> {
  await using owned = new AsyncDisposableStack();
  const data = join(folder, 'auth');
  const auth = owned.use(await startNode(data, ['--role', 'auth', '--metrics', 'all', ...authFlags]));
  const tails: TailChild[] = [];
  for (const name of names) {
    const tail = new TailProcess({ name, data: join(folder, name), auth, database, port: await freePort() });
    mkdirSync(join(folder, name), { mode: 0o700 });
    copyFileSync(join(data, 'tail.key'), join(folder, name, 'tail.key'));
    await tail.start();
    tails.push(owned.use(tail));
  }
  const kept = owned.move();
  return { auth, tails, owner: () => ownerOf(tails), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function ownerOf(tails: readonly TailChild[]): Promise<TailChild> {
  const endMs = performance.now() + PATIENCE_MS;
  while (performance.now() < endMs) {
    for (const tail of tails) if ((await tail.figure('shard_serving').catch(() => 0)) === 1) return tail;
    await pause(20);
  }
  throw new Error('nobody serves the shard');
}

interface TailPlace {
  readonly name: string;
  readonly data: string;
  readonly auth: NodeChild;
  readonly database: string;
  readonly port: number;
}

class TailProcess implements TailChild {
  readonly #place: TailPlace;
  #now: Started | null = null;

  constructor(place: TailPlace) {
    this.#place = place;
  }

  get name(): string {
    return this.#place.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#place.port}`;
  }

  get flags(): readonly string[] {
    const { data, auth, database, port } = this.#place;
    const at = ['--data', data, '--port', String(port), '--metrics', 'all'];
    return [...at, '--role', 'tail', '--auth', auth.url, '--journal', database];
  }

  async start(): Promise<void> {
    this.#now = await begun([MAIN, 'serve', ...this.flags, '--json']);
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#now?.child;
    this.#now = null;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  freeze(): void {
    must(this.#now, 'it runs').child.kill('SIGSTOP');
  }

  thaw(): void {
    must(this.#now, 'it runs').child.kill('SIGCONT');
  }

  async figure(name: string): Promise<number> {
    if (this.#now === null) throw new Error(`${this.name} does not run`);
    const signal = AbortSignal.timeout(500);
    const text = await (await fetch(`${this.url}/metrics`, { signal })).text();
    return Number(new RegExp(`^copse_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
