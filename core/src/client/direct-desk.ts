/**
 * The direct connections of a leader with those who hand in to it (SPEC V11-V13). Each belongs to the device that
 * the node names with the signal and that sealed it; it carries entries of this device only, and ends with its
 * right. It lives as long as one lead.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { DeviceId } from '../base/ids.ts';
import {
  directBufferedBytesMax,
  directCandidatesMax,
  directHandsBurst,
  directHandsPerSecond,
  directIdleMs,
  directLinksMax,
  directOpenMs,
} from '../base/limits-direct.ts';
import { Meter } from '../base/meter.ts';
import type { Ice, Signal } from '../api/lead.ts';
import type { NackReason } from '../api/tail.ts';
import { EntryCursor } from '../wire/entry.ts';
import { isSame, type Attempt, type DirectSignals, type SignalWord } from './direct-signals.ts';
import { Pieces, piecesOf, type DirectWord } from './direct-words.ts';
import type { Peer, PeerSource, PeerWord } from './peer.ts';

export interface DirectDeskOwner {
  readonly env: Env;
  readonly lead: number;
  readonly peers: PeerSource;
  readonly signals: DirectSignals;
  ice(): Promise<Ice>;
  /** Says something to who hands in, through the node. */
  signal(to: number, signal: Signal): void;
  hand(who: number, device: DeviceId, entries: Uint8Array): void;
  /** The newest epoch of the site's key that this device has. */
  keyEpoch(): number;
}

interface Nack {
  readonly epoch: number;
  readonly seq: number;
  readonly reason: NackReason;
}

interface Guest {
  /** Number of its connection to the node. */
  readonly who: number;
  readonly device: DeviceId;
  readonly attempt: Attempt;
  readonly pieces: Pieces;
  readonly meter: Meter;
  /** What it said before there was anybody to hear it. */
  early: PeerWord[];
  peer: Peer | null;
  opening: Timer | null;
  isOpen: boolean;
  handedMs: number;
}

/** Entries that were handed in together. */
interface Checked {
  /** Of the first. */
  readonly epoch: number;
  readonly seq: number;
  /** The oldest of them. */
  readonly keyEpoch: number;
  readonly count: number;
}

export class DirectDesk {
  readonly #owner: DirectDeskOwner;
  readonly #guests = new Map<number, Guest>();

  constructor(owner: DirectDeskOwner) {
    this.#owner = owner;
  }

  /** Connections that are made or used. */
  get size(): number {
    return this.#guests.size;
  }

  /** Somebody said something through the node. */
  heard({ who, device }: { readonly who: number; readonly device: DeviceId }, signal: Signal): void {
    const said = this.#owner.signals.open(device, 'leader', signal);
    if (said === null || said.lead !== this.#owner.lead) return;
    const known = this.#guests.get(who);
    const guest = known !== undefined && isSame(known.attempt, said) ? known : undefined;
    const { kind, text } = said;
    switch (kind) {
      case 'offer':
        if (guest === undefined) this.#welcome({ who, device }, said, { kind, text });
        return;
      case 'candidate':
        if (guest !== undefined) this.#pass(guest, { kind, text });
        return;
      case 'end':
        if (guest !== undefined) this.#end(guest);
        return;
      case 'answer':
        // Of a leader only.
        return;
    }
  }

  #pass(guest: Guest, word: PeerWord): void {
    if (guest.peer !== null) guest.peer.hear(word);
    else if (guest.early.length <= directCandidatesMax) guest.early.push(word);
  }

  #welcome(from: { who: number; device: DeviceId }, { lead, link }: Attempt, offer: PeerWord): void {
    const { env } = this.#owner;
    const known = this.#guests.get(from.who);
    if (known !== undefined) this.#end(known);
    const attempt = { lead, link };
    if (!this.#hasRoom()) return this.#say({ ...from, attempt }, { kind: 'end', text: 'full' });
    const guest: Guest = {
      ...from,
      attempt,
      pieces: new Pieces(),
      meter: new Meter(directHandsPerSecond, directHandsBurst),
      early: [offer],
      peer: null,
      opening: env.after(directOpenMs, () => this.#end(guest)),
      isOpen: false,
      handedMs: env.nowMs(),
    };
    this.#guests.set(from.who, guest);
    void this.#begin(guest);
  }

  /** Whether there is room for one more; who has been silent for too long makes it. */
  #hasRoom(): boolean {
    if (this.#guests.size < directLinksMax) return true;
    const sinceMs = this.#owner.env.nowMs() - directIdleMs;
    const silent = [...this.#guests.values()].find(({ handedMs }) => handedMs < sinceMs);
    if (silent === undefined) return false;
    this.#end(silent);
    return true;
  }

  async #begin(guest: Guest): Promise<void> {
    const { env, peers } = this.#owner;
    try {
      const [make, how] = await Promise.all([peers(), this.#owner.ice()]);
      if (this.#guests.get(guest.who) !== guest) return;
      if (make === null || how.policy === 'off') return this.#refuse(guest);
      guest.peer = make('answerer', how, {
        onWord: (word) => this.#say(guest, word),
        onOpen: () => this.#opened(guest),
        onMessage: (message) => this.#heardPiece(guest, message),
        onClose: () => this.#end(guest),
      });
      for (const word of guest.early) guest.peer.hear(word);
      guest.early = [];
    } catch (thrown) {
      env.log('info', 'leader.direct', { fault: asFault(thrown).code });
      this.#refuse(guest);
    }
  }

  /** Who cannot be reached is told so, instead of waiting. */
  #refuse(guest: Guest): void {
    if (this.#guests.get(guest.who) !== guest) return;
    this.#end(guest);
    this.#say(guest, { kind: 'end', text: '' });
  }

  #say({ who, device, attempt }: Pick<Guest, 'who' | 'device' | 'attempt'>, word: SignalWord): void {
    this.#owner.signal(who, this.#owner.signals.seal(attempt, device, word));
  }

  #opened(guest: Guest): void {
    guest.opening?.cancel();
    guest.opening = null;
    guest.isOpen = true;
  }

  #heardPiece(guest: Guest, piece: Uint8Array): void {
    if (this.#guests.get(guest.who) !== guest) return;
    try {
      const word = guest.pieces.add(piece);
      if (word !== null) this.#heardWord(guest, word);
    } catch (thrown) {
      this.#owner.env.log('warn', 'leader.direct', { fault: asFault(thrown).code });
      this.#end(guest);
    }
  }

  #heardWord(guest: Guest, word: DirectWord): void {
    if (word.kind !== 'hand') throw new Fault('malformed', 'only a leader says this');
    const { env } = this.#owner;
    const { entries, number } = word;
    guest.handedMs = env.nowMs();
    const first = this.#checked(guest, entries);
    if (number !== 0) this.#tell(guest, { kind: 'heard', number });
    const reason = this.#refusal(guest, first);
    if (reason === null) return this.#owner.hand(guest.who, guest.device, entries);
    this.#tell(guest, { kind: 'decline', epoch: first.epoch, seq: first.seq, reason });
  }

  #refusal({ meter }: Guest, { keyEpoch, count }: Checked): NackReason | null {
    // A leader that came with the newest key cannot open what was sealed under an older one (SPEC K5, K7).
    const newest = this.#owner.keyEpoch();
    if (keyEpoch < newest) return { kind: 'staleKey', keyEpoch: newest };
    const waitMs = meter.take(this.#owner.env.nowMs(), count);
    return waitMs === 0 ? null : { kind: 'full', retryMs: Math.ceil(waitMs) };
  }

  /** What the node checks of entries that it passes on (SPEC V7), and which is the first of how many. */
  #checked({ device }: Guest, entries: Uint8Array): Checked {
    const cursor = new EntryCursor(entries);
    if (!cursor.next()) throw new Fault('malformed', 'nothing is handed in');
    const { epoch, seq } = cursor;
    let count = 0;
    let keyEpoch = Infinity;
    do {
      if (cursor.device() !== device) throw new Fault('forbidden', 'an entry of another device');
      if (cursor.ruling !== null) throw new Fault('forbidden', 'only a leader rules');
      keyEpoch = Math.min(keyEpoch, cursor.keyEpoch);
      count++;
    } while (cursor.next());
    return { epoch, seq, keyEpoch, count };
  }

  #tell(guest: Guest, word: DirectWord): void {
    const { peer } = guest;
    if (peer === null) return;
    for (const piece of piecesOf(word)) peer.send(piece);
    if (peer.buffered() > directBufferedBytesMax) this.#end(guest);
  }

  /** Tells who handed an entry in that it is not taken; false when there is no connection to it. */
  decline(who: number, nack: Nack): boolean {
    const guest = this.#guests.get(who);
    if (guest?.isOpen !== true) return false;
    this.#tell(guest, { kind: 'decline', ...nack });
    return true;
  }

  /** The right of somebody has ended, or its connection to the node. */
  parted(who: number): void {
    const guest = this.#guests.get(who);
    if (guest !== undefined) this.#end(guest);
  }

  #end(guest: Guest): void {
    guest.opening?.cancel();
    guest.peer?.close();
    if (this.#guests.get(guest.who) === guest) this.#guests.delete(guest.who);
  }

  close(): void {
    for (const guest of this.#guests.values()) this.#end(guest);
  }
}
