/**
 * A plain client of the tail, as somebody else might write one from `docs/protocol.md`: it speaks the
 * contract over a link and nothing more. `MachineDevice` brings the writer, the followers and the queue.
 */

import { tailApi } from 'copse/internal/api/tail.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { key, type Handle, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { pageBytesMax } from 'copse/internal/base/limits.ts';
import { connecting, prove } from 'copse/internal/capability/possession.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { dial, type Dialed } from 'copse/internal/link/remote.ts';
import type { Port } from '../machines/device-parts.ts';
import type { Message, Up } from '../machines/messages.ts';
import type { EndEvents } from '../network.ts';

export interface TailPortOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly device: { readonly seed: Uint8Array; readonly key: Uint8Array };
  readonly logs: ReadonlyMap<number, { readonly site: SiteId; readonly log: LogId }>;
  readonly pageBytes: number;
  /** Asks auth for a token. */
  readonly token: () => Promise<Uint8Array>;
  /** Opens the link; null when nobody listens. */
  readonly link: () => Link | null;
}

const PING_MS = 5_000;
const PONG_MS = 2_500;

export class TailPort implements Port {
  readonly #options: TailPortOptions;
  readonly #handleByLog = new Map<number, Handle>();
  readonly #logByHandle = new Map<Handle, number>();
  readonly #logByChannel = new Map<number, number>();
  #dialed: Dialed<typeof tailApi> | null = null;
  #events: EndEvents<Message> | null = null;
  #early: Up[] = [];
  #pings: Timer | null = null;
  #isOver = false;

  constructor(options: TailPortOptions) {
    this.#options = options;
    this.#own(this.#open());
  }

  listen(events: EndEvents<Message>): void {
    this.#events = events;
  }

  async #open(): Promise<void> {
    const { env, primitives, device, token, link } = this.#options;
    const tokenBytes = await token();
    const opened = this.#isOver ? null : link();
    if (opened === null) throw new Fault('closed');
    const hello = Promise.withResolvers<{ nonce: Uint8Array; node: Uint8Array }>();
    const dialed = dial(
      tailApi,
      opened,
      {
        hello: ({ nonce, node }) => hello.resolve({ nonce: nonce.slice(), node: node.slice() }),
        entries: ({ channel, ...run }) =>
          this.#push(this.#logByChannel.get(channel), (log) => ({ kind: 'entries', log, ...run })),
        ack: ({ handle, runs }) =>
          this.#push(this.#logByHandle.get(handle), (log) => ({ kind: 'ack', log, runs })),
        nack: ({ handle, ...nack }) =>
          this.#push(this.#logByHandle.get(handle), (log) => ({ kind: 'nack', log, ...nack })),
        lagging: ({ channel, at }) =>
          this.#push(this.#logByChannel.get(channel), (log) => ({ kind: 'lagging', log, at })),
        revoke: () => this.#end(new Fault('revoked')),
        goAway: () => {},
        said: () => {},
        present: () => {},
      },
      env,
    );
    this.#dialed = dialed;
    void this.#watch(dialed.ended, () => hello.reject(new Fault('closed')));
    const { nonce, node } = await hello.promise;
    const claim = connecting({ nonce, node: key(node), token: tokenBytes });
    const proof = await prove(primitives, device.seed, claim);
    await dialed.remote.connect({ version: 1, token: tokenBytes, device: device.key, proof });
    this.#ping();
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.send(message);
  }

  async #watch(ended: Promise<Fault | null>, onEnd: () => void): Promise<void> {
    const fault = await ended;
    onEnd();
    this.#end(fault);
  }

  #ping(): void {
    this.#pings = this.#options.env.after(PING_MS, () => {
      this.#ping();
      const dialed = this.#dialed;
      if (dialed !== null) this.#own(dialed.ping(PONG_MS));
    });
  }

  /** Whatever fails ends the connection: the next one begins anew. */
  #own(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => this.#end(asFault(thrown)));
  }

  /** In turn with the answers that came before it in the same message, which are promises. */
  #push(log: number | undefined, message: (log: number) => Message): void {
    queueMicrotask(() => this.#emit(log, message));
  }

  #emit(log: number | undefined, message: (log: number) => Message): void {
    if (!this.#isOver && log !== undefined) this.#events?.onMessage(message(log));
  }

  send(message: Up): void {
    if (this.#isOver) return;
    const remote = this.#dialed?.remote;
    const handle = this.#handleByLog.get(message.log);
    if (remote === undefined || (this.#pings === null && message.kind === 'lease')) {
      this.#early.push(message);
      return;
    }
    if (message.kind === 'lease') {
      this.#own(this.#lease(message.log));
      return;
    }
    if (handle === undefined) return;
    const { log } = message;
    const { pageBytes: bytesMax } = this.#options;
    switch (message.kind) {
      case 'write':
        remote.write({ handle, at: message.at, entries: message.entries });
        return;
      case 'detach':
        this.#own(remote.detach({ handle }));
        return;
      case 'attach':
      case 'read': {
        const kind = message.kind === 'attach' ? 'attached' : 'page';
        const question = { handle, from: message.from, bytesMax: Math.min(bytesMax, pageBytesMax) };
        this.#own(
          remote[message.kind](question).then((page) => this.#emit(log, () => ({ kind, log, page }))),
        );
      }
    }
  }

  async #lease(log: number): Promise<void> {
    const { logs } = this.#options;
    const place = logs.get(log);
    const remote = this.#dialed?.remote;
    if (place === undefined || remote === undefined) throw new Fault('closed');
    const answer = await remote.lease({ ...place, want: 'write' });
    if (answer.kind !== 'open') throw new Fault('forbidden');
    const { handle, channel, keyEpoch, writerEpoch } = answer;
    this.#handleByLog.set(log, handle);
    this.#logByHandle.set(handle, log);
    this.#logByChannel.set(channel, log);
    this.#emit(log, () => ({ kind: 'leased', log, keyEpoch, writerEpoch }));
  }

  close(): void {
    this.#end(null);
  }

  #end(fault: Fault | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pings?.cancel();
    this.#dialed?.close();
    this.#events?.onClose(fault);
  }
}
