/**
 * Handing the user's secret to a device of hers that signed in with e-mail (SPEC E6), as both ends do it: what
 * is committed to, which digits a person compares, and what is sealed. The node carries it and learns nothing.
 */

import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import {
  commitmentOf,
  handOverNonceBytes,
  openHandOver,
  sealHandOver,
  shortCodeOf,
  transcriptOf,
  type HandOverParty,
  type Meeting,
} from '../capability/hand-over.ts';
import { newExchangeKey, type ExchangeKey } from '../crypto/agree.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { unpackHanded, type HandedParts } from './handed.ts';

interface Tools {
  readonly env: Env;
  readonly primitives: Primitives;
}

/** One end of a hand-over: a one-time key and a nonce, made for it. */
export class HandOverEnd {
  readonly party: HandOverParty;
  readonly #tools: Tools;
  readonly #own: ExchangeKey;

  private constructor(tools: Tools, own: ExchangeKey, party: HandOverParty) {
    this.#tools = tools;
    this.#own = own;
    this.party = party;
  }

  static async make(tools: Tools, device: Key): Promise<HandOverEnd> {
    const own = await newExchangeKey(tools.primitives, tools.env);
    const party = { device, exchange: own.publicKey, nonce: tools.env.random(handOverNonceBytes) };
    return new HandOverEnd(tools, own, party);
  }

  get commitment(): Uint8Array {
    return commitmentOf(this.#tools.primitives, this.party);
  }

  /** What both screens show. */
  digits(meeting: Meeting): string {
    const { primitives } = this.#tools;
    return shortCodeOf(primitives, transcriptOf(primitives, meeting));
  }

  /** What is handed over, for the side that asks. */
  async seal(meeting: Meeting, handed: Uint8Array): Promise<Uint8Array> {
    const { env, primitives } = this.#tools;
    const ends = this.#ends(meeting, meeting.asking.exchange);
    const sealed = await sealHandOver(primitives, env, ends, handed);
    if (sealed === null) throw new Fault('badProof', 'The waiting device has shown no key.');
    return sealed;
  }

  /** What the side that gives has sealed for this meeting, and nobody else for no other. */
  async open(meeting: Meeting, sealed: Uint8Array): Promise<HandedParts> {
    const { primitives } = this.#tools;
    const opened = await openHandOver(primitives, this.#ends(meeting, meeting.giving.exchange), sealed);
    if (opened === null) throw new Fault('badProof', 'What came was not sealed by the compared device.');
    return unpackHanded(opened);
  }

  #ends(meeting: Meeting, other: Uint8Array) {
    const transcript = transcriptOf(this.#tools.primitives, meeting);
    return { secret: this.#own.secret, other, transcript };
  }
}

/** A side as a message shows it; copied, because views into a message do not outlive their turn. */
export function copiedParty(shown: {
  readonly device: Uint8Array;
  readonly exchange: Uint8Array;
  readonly nonce: Uint8Array;
}): HandOverParty {
  return { device: key(shown.device.slice()), exchange: shown.exchange.slice(), nonce: shown.nonce.slice() };
}
