/**
 * A Nostr relay as its documentation starts it: `@nostr-relay` with its SQLite, on Bun, because the version of
 * `better-sqlite3` that brings its binaries along (the override in package.json) is for Node 22 and later. It gets
 * what our node gets: the same words, mentions as `p` tags and answers as `e` tags, signed by as many authors, a hundred
 * events on their way on each connection.
 */

import { join } from 'node:path';
import { finalizeEvent, getPublicKey, type Event } from 'nostr-tools';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Talk } from '../peer/crowd.ts';
import { freePort, scratch, start, type Running } from './process.ts';

const ROOT = join(import.meta.dirname, '../../..');
const IN_FLIGHT = 100;
const SCRIPT = `
import { NostrRelay } from '@nostr-relay/core';
import { EventRepositorySqlite } from '@nostr-relay/event-repository-sqlite';
import { Validator } from '@nostr-relay/validator';
import { WebSocketServer } from 'ws';
const [port, path] = process.argv.slice(2);
const repository = new EventRepositorySqlite(path);
await repository.init();
const relay = new NostrRelay(repository, { maxSubscriptionsPerClient: 2000 });
const validator = new Validator();
const server = new WebSocketServer({ port: Number(port), host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  relay.handleConnection(socket);
  socket.on('message', async (data) => {
    try {
      await relay.handleMessage(socket, await validator.validateIncomingMessage(data));
    } catch (error) {
      socket.send(JSON.stringify(['NOTICE', String(error)]));
    }
  });
  socket.on('close', () => relay.handleDisconnect(socket));
});
`;

export interface RelayRun {
  readonly perSecond: number;
  /** Of the relay, per event. */
  readonly cpuUs: number;
  /** From who writes to who follows. */
  readonly liveMs: readonly number[];
}

export interface RelayWork {
  readonly count: number;
  readonly connections: number;
  /** Connections, and subscriptions on each, to authors of whom nothing comes. */
  readonly idle: { readonly connections: number; readonly each: number };
}

export async function nostrRelay({ count, connections, idle }: RelayWork) {
  const port = freePort();
  const script = join(ROOT, `.nostr-relay-${port}.mjs`);
  await Bun.write(script, SCRIPT);
  try {
    const directory = scratch();
    const command = [process.execPath, script, String(port), join(directory, 'relay.sqlite')];
    await using relay = await start(command, port, directory);
    await using owned = new AsyncDisposableStack();
    const writer = new Writer();
    const open = async (): Promise<Line> => owned.use(await Line.open(port));
    const lines: Line[] = [];
    for (let n = 0; n < connections; n++) lines.push(await open());
    const reader = await open();
    await reader.follow('all', { authors: writer.authors });
    const quiet = await measured(relay, { lines, reader, events: writer.events(count) });
    for (let n = 0; n < idle.connections; n++) {
      const line = await open();
      for (let at = 0; at < idle.each; at++)
        await line.follow(`s${at}`, { authors: [hex(realEnv().random(32))] });
    }
    const crowded = await measured(relay, { lines, reader, events: writer.events(count) });
    return { quiet, crowded };
  } finally {
    await Bun.file(script).delete();
  }
}

interface Scene {
  readonly lines: readonly Line[];
  readonly reader: Line;
  readonly events: readonly Event[];
}

/** A tenth of the events goes one by one, to see how long each is on its way. */
async function measured(relay: Running, { lines, reader, events }: Scene): Promise<RelayRun> {
  const singly = events.slice(0, Math.ceil(events.length / 10));
  const together = events.slice(singly.length);
  const before = relay.cpuSeconds();
  const beganMs = performance.now();
  let next = 0;
  const lane = async (line: Line): Promise<void> => {
    for (let event = together[next++]; event !== undefined; event = together[next++])
      await line.publish(event);
  };
  await Promise.all(lines.flatMap((line) => Array.from({ length: IN_FLIGHT }, () => lane(line))));
  const ms = performance.now() - beganMs;
  const cpuUs = ((relay.cpuSeconds() - before) * 1e6) / together.length;
  const liveMs: number[] = [];
  for (const event of singly) {
    const sentMs = performance.now();
    const isHere = reader.next(event.id);
    await must(lines[0], 'a line').publish(event);
    await isHere;
    liveMs.push(performance.now() - sentMs);
  }
  return { perSecond: (together.length * 1000) / ms, cpuUs, liveMs };
}

/** One connection of a client (NIP-01). */
class Line implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, () => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }: MessageEvent) => this.#take(String(data)));
  }

  static open(port: number): Promise<Line> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(new Line(socket)));
      socket.addEventListener('error', () => reject(new Error('no relay answers')));
    });
  }

  publish(event: Event): Promise<void> {
    this.#socket.send(JSON.stringify(['EVENT', event]));
    return this.#until(`OK ${event.id}`);
  }

  follow(name: string, filter: object): Promise<void> {
    this.#socket.send(JSON.stringify(['REQ', name, { ...filter, limit: 0 }]));
    return this.#until(`EOSE ${name}`);
  }

  /** Until it is told of an event. */
  next(id: string): Promise<void> {
    return this.#until(`EVENT ${id}`);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #until(what: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(what, resolve));
  }

  #take(text: string): void {
    const said: unknown = JSON.parse(text);
    if (!Array.isArray(said)) throw new Error(`the relay says ${text}`);
    const [kind, first, second] = said as readonly unknown[];
    if (kind === 'NOTICE' || (kind === 'OK' && second !== true)) throw new Error(`the relay says ${text}`);
    const about = kind === 'EVENT' ? idOf(second) : String(first);
    const name = `${String(kind)} ${about}`;
    this.#waiting.get(name)?.();
    this.#waiting.delete(name);
  }
}

function idOf(event: unknown): string {
  return typeof event === 'object' && event !== null && 'id' in event ? String(event.id) : '';
}

/** Signs what is said as events of kind 1. */
class Writer {
  readonly #talk = new Talk();
  readonly #publicKeys = new Map<number, string>();
  readonly #threads = new Map<number, string>();

  get authors(): readonly string[] {
    return Array.from({ length: 200 }, (_, author) => this.#publicKey(author));
  }

  events(count: number): readonly Event[] {
    return Array.from({ length: count }, () => this.#event());
  }

  #event(): Event {
    const { author, text, mention, thread, timeMs } = this.#talk.next();
    const tags: string[][] = [];
    if (mention !== null) tags.push(['p', this.#publicKey(mention)]);
    const beginning = thread === null ? undefined : this.#threads.get(thread);
    if (beginning !== undefined) tags.push(['e', beginning]);
    const created_at = Math.floor(timeMs / 1000);
    const event = finalizeEvent({ kind: 1, created_at, tags, content: text }, this.#key(author));
    if (this.#threads.size < 500) this.#threads.set(this.#threads.size, event.id);
    return event;
  }

  #key(author: number): Uint8Array {
    return new Uint8Array(32).fill(author + 1);
  }

  #publicKey(author: number): string {
    const known = this.#publicKeys.get(author) ?? getPublicKey(this.#key(author));
    this.#publicKeys.set(author, known);
    return known;
  }
}
