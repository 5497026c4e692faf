/**
 * A new device asks to be let in by one that its user has (SPEC D1-D4). It has no account yet: it speaks to the
 * node on a key made for this, shows a picture and a code, and waits. Whoever answers by the picture proves it
 * by the token in it; whoever answers by the code shows the same digits on both screens, and a person says so.
 */

import { must } from '../base/assert.ts';
import type { Timer } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { pairingLookMs } from '../base/limits.ts';
import { devicesApi, type DevicesRemote } from '../api/devices.ts';
import type { HandOverState } from '../api/hand-over.ts';
import {
  commitmentOf,
  handOverNonceBytes,
  openHandOver,
  shortCodeOf,
  transcriptOf,
  type HandOverParty,
} from '../capability/hand-over.ts';
import { newExchangeKey, type ExchangeKey } from '../crypto/agree.ts';
import { openAuth, type AuthSession } from './auth-session.ts';
import { deferred } from './deferred.ts';
import { unpackHanded, type HandedParts } from './handed.ts';
import { signKeyOf, type SignKey } from './identity.ts';
import { pairLinkText, pairTokenBytes } from './pair-link.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export interface AskToPair {
  /** Address of the node. */
  readonly url: string;
  /** Its key, when it is not to be taken from the node itself. */
  readonly nodeKey: Key | undefined;
  readonly deviceName: string;
}

/** Another device has answered: by the picture, or with digits that a person compares. */
export type Answered = { readonly kind: 'scanned' } | { readonly kind: 'digits'; readonly digits: string };

/** What `openCopse(url, { secret, nodeKey, generations })` takes to be the same user here. */
export interface Handed extends HandedParts {
  readonly url: string;
  readonly nodeKey: Key;
}

/** What only the device that asks knows whole. */
interface Own {
  readonly url: string;
  readonly node: Key;
  readonly device: SignKey;
  readonly exchange: ExchangeKey;
  readonly party: HandOverParty;
  readonly token: Uint8Array;
}

interface Met {
  readonly party: HandOverParty;
  readonly transcript: Uint8Array;
  readonly scanned: boolean;
}

export async function askToPair(tools: RecoveryTools, asked: AskToPair): Promise<Asking> {
  const { env, primitives } = tools;
  const node = asked.nodeKey ?? (await tools.askKey(asked.url));
  const device = await signKeyOf(primitives, env.random(32));
  const exchange = await newExchangeKey(primitives, env);
  const nonce = env.random(handOverNonceBytes);
  const party = { device: device.publicKey, exchange: exchange.publicKey, nonce };
  const token = env.random(pairTokenBytes);
  const line = new Line(tools, { url: asked.url, node, device });
  try {
    const commitment = commitmentOf(primitives, party);
    const { pairing: id, ...begun } = await (
      await line.remote()
    ).pairBegin({
      deviceName: asked.deviceName,
      commitment,
    });
    const pairing = id.slice();
    const own = { url: asked.url, node, device, exchange, party, token };
    const link = pairLinkText({ origin: asked.url, node, pairing, commitment, token });
    return new Asking({ tools, line, own, pairing, link, ...begun });
  } catch (thrown) {
    line[Symbol.dispose]();
    throw thrown;
  }
}

export interface AskingParts {
  readonly tools: RecoveryTools;
  readonly line: PairLine;
  readonly own: Own;
  readonly pairing: Uint8Array;
  readonly link: string;
  readonly code: string;
  readonly untilMs: number;
}

export class Asking implements Disposable {
  /** To be shown as a picture to the other device's camera. */
  readonly link: string;
  /** To be typed on the other device when it has no camera. */
  readonly code: string;
  readonly untilMs: number;
  readonly #parts: AskingParts;
  #met: Met | null = null;

  constructor(parts: AskingParts) {
    this.#parts = parts;
    this.link = parts.link;
    this.code = parts.code;
    this.untilMs = parts.untilMs;
  }

  /** Resolves when another device has answered; rejects with `forbidden` when it has sent this one away. */
  async answered(): Promise<Answered> {
    const { tools, line, own, pairing } = this.#parts;
    const { state, scanned } = await this.#until((kind) => kind !== 'waiting');
    if (state.kind !== 'met') throw new Fault('badProof', 'the node skipped a step');
    const { device, exchange, nonce } = state;
    const party = { device: key(device.slice()), exchange: exchange.slice(), nonce: nonce.slice() };
    const token = scanned ? own.token : new Uint8Array(0);
    const meeting = { node: own.node, asking: own.party, giving: party, pairing, token };
    const transcript = transcriptOf(tools.primitives, meeting);
    this.#met = { party, transcript, scanned };
    const shown = { exchange: own.party.exchange, nonce: own.party.nonce };
    await (await line.remote()).pairReveal({ pairing, ...shown });
    if (scanned) return { kind: 'scanned' };
    return { kind: 'digits', digits: shortCodeOf(tools.primitives, transcript) };
  }

  /**
   * What the other device gives. After digits, call it when a person has said that the other device has them
   * too and has let this one in: a node that answers itself would give an account of its own.
   */
  async handed(): Promise<Handed> {
    const { tools, own } = this.#parts;
    const { party, transcript } = must(this.#met, 'another device has answered');
    const { state } = await this.#until((kind) => kind === 'given');
    if (state.kind !== 'given') throw new Fault('badProof', 'the node skipped a step');
    const ends = { secret: own.exchange.secret, other: party.exchange, transcript };
    const bytes = await openHandOver(tools.primitives, ends, state.sealed.slice());
    if (bytes === null) throw new Fault('badProof', 'What came is not from the device that was checked.');
    this[Symbol.dispose]();
    return { ...unpackHanded(bytes), url: own.url, nodeKey: own.node };
  }

  /** The person has thought better of it, or the digits differ. */
  async cancel(): Promise<void> {
    const { line, pairing } = this.#parts;
    try {
      await (await line.remote()).pairCancel({ pairing });
    } finally {
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#parts.line[Symbol.dispose]();
  }

  /** Looks until the state is one of these; `expired` when the pairing has ended meanwhile. */
  async #until(isIt: (kind: HandOverState['kind']) => boolean) {
    const { line, pairing } = this.#parts;
    for (;;) {
      const looked = await line.look(pairing);
      if (looked === null) throw new Fault('expired', 'Nobody let this device in in time.');
      if (looked.state.kind === 'denied') throw new Fault('forbidden', 'The other device has refused.');
      if (isIt(looked.state.kind)) return looked;
      await line.news();
    }
  }
}

/** How the device that asks reaches the node. */
export interface PairLine extends Disposable {
  remote(): Promise<Pick<DevicesRemote, 'pairReveal' | 'pairCancel'>>;
  /** Null when the node knows the pairing no longer. */
  look(pairing: Uint8Array): Promise<Looked | null>;
  /** Resolves when there may be something new. */
  news(): Promise<void>;
}
export type Looked = Awaited<ReturnType<DevicesRemote['pairLook']>>;

/** The session of a stranger, opened anew when it breaks: the pairing belongs to the key. */
class Line implements PairLine {
  readonly #tools: RecoveryTools;
  readonly #to: { readonly url: string; readonly node: Key; readonly device: SignKey };
  #session: Promise<AuthSession> | null = null;
  #isOver = false;
  #wake: (() => void) | null = null;
  /** Something was told that nobody has looked at yet. */
  #isTold = false;

  constructor(
    tools: RecoveryTools,
    to: { readonly url: string; readonly node: Key; readonly device: SignKey },
  ) {
    this.#tools = tools;
    this.#to = to;
  }

  async remote(): Promise<DevicesRemote> {
    if (this.#isOver) throw new Fault('closed', 'This device asks no longer.');
    this.#session ??= this.#open();
    return (await this.#session).facet(devicesApi, {});
  }

  async #open(): Promise<AuthSession> {
    const { env, primitives, dial } = this.#tools;
    const link = dial(`${this.#to.url.replace(/^http/, 'ws')}/auth`);
    const events = { changed: () => this.#tell(), ended: () => {} };
    try {
      const session = await openAuth({ env, primitives, link, ...this.#to, blessing: null, events });
      void session.ended.then(() => this.#lost());
      return session;
    } catch (thrown) {
      this.#session = null;
      throw thrown;
    }
  }

  #lost(): void {
    this.#session = null;
    this.#tell();
  }

  #tell(): void {
    this.#isTold = true;
    this.#wake?.();
  }

  async look(pairing: Uint8Array): Promise<Looked | null> {
    for (;;) {
      try {
        this.#isTold = false;
        return await (await this.remote()).pairLook({ pairing });
      } catch (thrown) {
        const { code, retry } = asFault(thrown);
        if (code === 'unknown') return null;
        if (this.#isOver || retry === 'never') throw thrown;
      }
      await this.news();
    }
  }

  async news(): Promise<void> {
    if (this.#isTold) return;
    const waited = deferred<void>();
    const timer: Timer = this.#tools.env.after(pairingLookMs, () => waited.resolve());
    this.#wake = () => waited.resolve();
    await waited.promise;
    timer.cancel();
    this.#wake = null;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    const session = this.#session;
    this.#session = null;
    session?.then(
      (open) => open.close(),
      () => {},
    );
    this.#wake?.();
  }
}
