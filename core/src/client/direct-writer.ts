/**
 * The direct connection of a device that hands entries in to the leader of a log (SPEC V11, V12). When it is sought,
 * used and left is the business of `log/direct-path.ts`; this makes it, with signals through the node, and carries.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { DeviceId } from '../base/ids.ts';
import { directBufferedBytesMax } from '../base/limits-direct.ts';
import type { Ice, Signal } from '../api/lead.ts';
import type { NackReason } from '../api/tail.ts';
import { DirectPath, type PathEffect, type Way } from '../log/direct-path.ts';
import { isSame, LINK_BYTES, type Attempt, type DirectSignals, type SignalWord } from './direct-signals.ts';
import { Pieces, piecesOf, type DirectWord } from './direct-words.ts';
import type { Peer, PeerSource } from './peer.ts';

export interface DirectWriterOwner {
  readonly env: Env;
  readonly peers: PeerSource;
  readonly signals: DirectSignals;
  /** How devices reach each other, as the node says. */
  ice(): Promise<Ice>;
  /** Says something to the leader through the node. */
  signal(signal: Signal): void;
  /** Everything that does not stand in the log is handed in this way from now on. */
  use(way: Way): void;
  nacked(epoch: number, seq: number, reason: NackReason): void;
}

/** A connection that is made or used. */
interface Dial {
  readonly attempt: Attempt;
  readonly pieces: Pieces;
  peer: Peer | null;
  /** Who has answered; nobody else is heard after that. */
  leader: DeviceId | null;
}

export class DirectWriter {
  readonly #owner: DirectWriterOwner;
  readonly #path = new DirectPath();
  #lead = 0;
  #dial: Dial | null = null;
  #timer: Timer | null = null;
  #lastNumber = 0;

  constructor(owner: DirectWriterOwner) {
    this.#owner = owner;
  }

  get way(): Way {
    return this.#path.way;
  }

  /** Another device leads; entries may be handed to it. */
  led(lead: number): void {
    if (lead === this.#lead) return this.#apply(this.#path.again());
    // What is let go of belongs to the lead before.
    this.gone();
    this.#lead = lead;
    this.#apply(this.#path.led(this.#owner.env.nowMs()));
  }

  gone(): void {
    this.#lead = 0;
    this.#apply(this.#path.gone());
  }

  /** Something was handed in through the node. */
  handed(): void {
    this.#apply(this.#path.handed(this.#owner.env.nowMs()));
  }

  /** Hands entries in over the connection. */
  hand(entries: Uint8Array): void {
    const peer = this.#dial?.peer ?? null;
    if (peer === null) return;
    const number = this.#path.shallAsk ? this.#nextNumber() : 0;
    this.#apply(this.#path.handed(this.#owner.env.nowMs()));
    for (const piece of piecesOf({ kind: 'hand', entries, number })) peer.send(piece);
    // What does not leave is carried by the node.
    if (peer.buffered() > directBufferedBytesMax) this.#failed();
  }

  #nextNumber(): number {
    this.#lastNumber = (this.#lastNumber % 0xffff_ffff) + 1;
    return this.#lastNumber;
  }

  #apply(effects: readonly PathEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'use':
          this.#owner.env.log('debug', 'log.way', { way: effect.way });
          this.#owner.use(effect.way);
          break;
        case 'dial':
          void this.#begin();
          break;
        case 'drop':
          this.#drop();
      }
    }
    this.#watch();
  }

  #watch(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { lookMs } = this.#path;
    if (lookMs === null) return;
    const { env } = this.#owner;
    this.#timer = env.after(Math.max(0, lookMs - env.nowMs()), () => {
      this.#timer = null;
      this.#apply(this.#path.look(env.nowMs()));
    });
  }

  async #begin(): Promise<void> {
    const { env, peers } = this.#owner;
    const attempt = { lead: this.#lead, link: env.random(LINK_BYTES) };
    const dial: Dial = { attempt, pieces: new Pieces(), peer: null, leader: null };
    this.#dial = dial;
    try {
      const [make, how] = await Promise.all([peers(), this.#owner.ice()]);
      if (dial !== this.#dial) return;
      if (make === null || how.policy === 'off') return this.#failed();
      dial.peer = make('caller', how, {
        onWord: (word) => this.#say(dial, word),
        onOpen: () => this.#opened(dial),
        onMessage: (message) => this.#heardPiece(dial, message),
        onClose: () => {
          if (dial === this.#dial) this.#failed();
        },
      });
    } catch (thrown) {
      // An older node knows no such call, a browser may forbid such connections.
      env.log('info', 'log.direct', { fault: asFault(thrown).code });
      if (dial === this.#dial) this.#failed();
    }
  }

  #say({ attempt }: Dial, word: SignalWord): void {
    this.#owner.signal(this.#owner.signals.seal(attempt, null, word));
  }

  /** The leader said something through the node. */
  heard(from: DeviceId, signal: Signal): void {
    const dial = this.#dial;
    const said = this.#owner.signals.open(from, 'writer', signal);
    if (dial === null || said === null || !isSame(said, dial.attempt)) return;
    if (dial.leader !== null && dial.leader !== from) return;
    const { kind, text } = said;
    if (kind === 'end') return this.#failed();
    if (kind === 'offer') return;
    dial.leader = from;
    dial.peer?.hear({ kind, text });
  }

  #opened(dial: Dial): void {
    if (dial !== this.#dial || this.#path.way === 'direct') return;
    this.#apply(this.#path.opened(this.#owner.env.nowMs()));
  }

  #heardPiece(dial: Dial, piece: Uint8Array): void {
    if (dial !== this.#dial) return;
    try {
      const word = dial.pieces.add(piece);
      if (word !== null) this.#heardWord(word);
    } catch (thrown) {
      this.#owner.env.log('warn', 'log.direct', { fault: asFault(thrown).code });
      this.#failed();
    }
  }

  #heardWord(word: DirectWord): void {
    switch (word.kind) {
      case 'heard':
        if (word.number !== this.#lastNumber) return;
        this.#path.heard();
        return this.#watch();
      case 'decline':
        return this.#owner.nacked(word.epoch, word.seq, word.reason);
      case 'hand':
        return this.#failed();
    }
  }

  #failed(): void {
    this.#apply(this.#path.failed(this.#owner.env.nowMs()));
  }

  #drop(): void {
    const dial = this.#dial;
    this.#dial = null;
    if (dial === null || dial.peer === null) return;
    dial.peer.close();
    this.#say(dial, { kind: 'end', text: '' });
  }

  stop(): void {
    this.gone();
    this.#timer?.cancel();
    this.#timer = null;
  }
}
