/**
 * The direct connections of one lease on a led log (SPEC V11-V14): to the leader, for what this device hands in,
 * and, while this device leads, of those who hand in to it.
 */

import type { Env } from '../base/env.ts';
import type { DeviceId, Handle, LogId } from '../base/ids.ts';
import type { LeadRemote, Signal } from '../api/lead.ts';
import type { NackReason } from '../api/tail.ts';
import type { Way } from '../log/direct-path.ts';
import { DirectDesk } from './direct-desk.ts';
import { DirectSignals } from './direct-signals.ts';
import { DirectWriter } from './direct-writer.ts';
import type { PeerSource } from './peer.ts';
import type { SiteKeys } from './site-keys.ts';

export interface LedDirectOwner {
  readonly env: Env;
  readonly keys: SiteKeys;
  readonly log: LogId;
  readonly device: DeviceId;
  /** Null where there are none, or where this device may not hand in: the node carries everything. */
  readonly peers: PeerSource | null;
  readonly remote: LeadRemote;
  readonly handle: Handle;
  /** Entries go this way from now on, from the first that has no place. */
  use(way: Way): void;
  nacked(epoch: number, seq: number, reason: NackReason): void;
  /** To this device as a leader: entries of another one. */
  handed(who: number, device: DeviceId, entries: Uint8Array): void;
}

interface From {
  /** Null: the leader. */
  readonly who: number | null;
  readonly device: DeviceId;
}

export class LedDirect {
  readonly #owner: LedDirectOwner;
  readonly #signals: DirectSignals;
  readonly #writer: DirectWriter | null;
  #desk: DirectDesk | null = null;

  constructor(owner: LedDirectOwner) {
    const { env, peers, keys, log, device, remote, handle } = owner;
    this.#owner = owner;
    this.#signals = new DirectSignals(keys, log, device);
    this.#writer =
      peers === null
        ? null
        : new DirectWriter({
            env,
            peers,
            signals: this.#signals,
            ice: () => remote.ice({ handle }),
            signal: (signal) => remote.signal({ handle, to: null, signal }),
            use: (way) => owner.use(way),
            nacked: (epoch, seq, reason) => owner.nacked(epoch, seq, reason),
          });
  }

  /** Another device leads. */
  came(lead: number): void {
    if (this.#writer === null) this.#owner.use('node');
    else this.#writer.led(lead);
  }

  /** Nobody leads, or this device. */
  gone(): void {
    this.#writer?.gone();
  }

  /** Something was handed in through the node. */
  handedIn(): void {
    this.#writer?.handed();
  }

  /** Hands entries in over the connection. */
  hand(entries: Uint8Array): void {
    this.#writer?.hand(entries);
  }

  /** This device leads from now on. */
  leads(lead: number): void {
    const { env, keys, peers, remote, handle } = this.#owner;
    this.gone();
    this.#desk?.close();
    if (peers === null) return;
    this.#desk = new DirectDesk({
      env,
      lead,
      peers,
      signals: this.#signals,
      ice: () => remote.ice({ handle }),
      signal: (to, signal) => remote.signal({ handle, to, signal }),
      hand: (who, device, entries) => this.#owner.handed(who, device, entries),
      keyEpoch: () => keys.epoch,
    });
  }

  /** This device leads no more. */
  leadsNot(): void {
    this.#desk?.close();
    this.#desk = null;
  }

  heard({ who, device }: From, signal: Signal): void {
    if (who === null) this.#writer?.heard(device, signal);
    else this.#desk?.heard({ who, device }, signal);
  }

  /** The lease of somebody who handed in has ended. */
  parted(who: number): void {
    this.#desk?.parted(who);
  }

  /** Tells who handed an entry in that it is not taken; false when there is no connection to it. */
  decline(who: number, nack: { epoch: number; seq: number; reason: NackReason }): boolean {
    return this.#desk?.decline(who, nack) ?? false;
  }

  stop(): void {
    this.leadsNot();
    this.#writer?.stop();
  }
}
