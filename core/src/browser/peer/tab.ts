/**
 * The messages of a user in the tabs of her browser (SPEC Z52): a Web Lock decides in which tab the worker is that
 * has them; that tab has a port to it, the others a channel of their own. When its tab closes or crashes the lock
 * goes to another one, whose worker opens the same files, and everybody gets a new line.
 */

import { base64url } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Link } from '../../link/link.ts';
import { PipeLink } from './pipe-link.ts';
import {
  ASK,
  FORGET,
  HERE,
  homeLock,
  pairName,
  squareName,
  tabLock,
  type FromWorker,
  type Start,
} from './words.ts';

export interface PeerTabOptions {
  readonly env: Env;
  readonly start: Omit<Start, 'kind'>;
  /** Makes the worker of `worker.ts`. */
  readonly spawn: () => Worker;
  /** Signs for the key of the worker, with that of the user. */
  readonly bless: (device: Uint8Array) => Promise<Uint8Array>;
  /** A line to the messages, in place of the one before. */
  readonly onLine: (link: Link) => void;
  /** The messages are open in this tab's worker. */
  readonly onReady?: (state: { readonly isKept: boolean; readonly isNew: boolean }) => void;
  /** They cannot be opened here. */
  readonly onFailed?: (fault: Fault) => void;
  /** Another tab forgets them: they are not to be had any more. */
  readonly onForget?: () => void;
}

export class PeerTab implements Disposable {
  readonly #options: PeerTabOptions;
  readonly #tab: string;
  readonly #square: BroadcastChannel;
  readonly #leaving = new AbortController();
  #worker: Worker | null = null;
  /** To the worker of this tab, until its messages are open. */
  #opening: Link | null = null;
  #link: Link | null = null;
  /** A line that nobody has answered yet. */
  #asking: Link | null = null;
  #asked = 0;

  constructor(options: PeerTabOptions) {
    const { name } = options.start;
    this.#options = options;
    this.#tab = base64url(options.env.random(12));
    this.#square = new BroadcastChannel(squareName(name));
    this.#square.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data === HERE) this.ask();
      if (data === FORGET) options.onForget?.();
    });
    // Held as long as this tab lives: the worker waits for it, and so learns of the end.
    this.#hold(tabLock(name, this.#tab), () => this.ask());
    this.#hold(homeLock(name), () => this.#lead());
  }

  [Symbol.dispose](): void {
    this.#leaving.abort();
    this.#asking?.close();
    this.#opening?.close();
    this.#link?.close();
    this.#worker?.terminate();
    this.#square.close();
  }

  #hold(name: string, onHeld: () => void): void {
    const { signal } = this.#leaving;
    const held = navigator.locks.request(name, { signal }, () => {
      onHeld();
      return new Promise<void>((giveBack) => signal.addEventListener('abort', () => giveBack()));
    });
    held.catch((thrown: unknown) => {
      if (!signal.aborted) this.#options.env.log('warn', 'peer.lock', { why: String(thrown) });
    });
  }

  /** The messages are in the worker of this tab, or will be. */
  get isLeading(): boolean {
    return this.#worker !== null;
  }

  /** Looks for the messages in another tab. */
  ask(): void {
    if (this.#worker !== null || this.#leaving.signal.aborted) return;
    const { name } = this.#options.start;
    // A channel of its own for each question, so that what an earlier one says is not taken for its own.
    const pair = `${this.#tab}/${++this.#asked}`;
    const channel = new BroadcastChannel(pairName(name, pair));
    const link = new PipeLink(channel);
    this.#asking?.close();
    this.#asking = link;
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data !== HERE) return;
      this.#asking = null;
      this.#use(link);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
    this.#square.postMessage(ASK + pair);
  }

  /** The messages are this tab's now: who had them is gone, though nobody may have said so. */
  #lead(): void {
    const { start, spawn } = this.#options;
    this.#asking?.close();
    this.#asking = null;
    const worker = spawn();
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.#hear(worker, data));
    // Its file cannot be loaded, or it broke.
    worker.addEventListener('error', () =>
      this.#options.onFailed?.(new Fault('closed', 'The worker ended.')),
    );
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ kind: 'start', ...start }, []);
    worker.postMessage({ kind: 'line' }, [port2]);
    port1.start();
    this.#opening = new PipeLink(port1);
    this.#link?.close();
    this.#link = null;
  }

  #hear(worker: Worker, word: FromWorker): void {
    const { onReady, onFailed } = this.#options;
    if (word.kind === 'ready') {
      onReady?.({ isKept: word.isKept, isNew: word.isNew });
      const link = this.#opening;
      this.#opening = null;
      if (link !== null) this.#use(link);
    } else if (word.kind === 'bless') void this.#bless(worker, word.device);
    else onFailed?.(new Fault(word.code, word.why));
  }

  async #bless(worker: Worker, device: Uint8Array): Promise<void> {
    const { env, bless } = this.#options;
    try {
      worker.postMessage({ kind: 'blessed', device, blessing: await bless(device) }, []);
    } catch (thrown) {
      env.log('warn', 'peer.bless', { fault: asFault(thrown).code });
    }
  }

  #use(link: Link): void {
    this.#link?.close();
    this.#link = link;
    this.#options.onLine(link);
  }
}
