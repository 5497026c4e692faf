/** The facet `lead` of one connection to a tail: its pushes find the log they belong to. */

import { leadApi, type LeadEvents, type LeadRemote, type Signal } from '../api/lead.ts';
import type { NackReason } from '../api/tail.ts';
import type { DeviceId, Handle } from '../base/ids.ts';
import type { TailSession } from './tail-session.ts';

/** What a led log hears. */
export interface LedEvents {
  onGone(lead: number): void;
  onCame(lead: number): void;
  onPromoted(lead: number, tail: number): void;
  onHanded(from: { readonly who: number; readonly device: DeviceId }, entries: Uint8Array): void;
  onSignal(from: { readonly who: number | null; readonly device: DeviceId }, signal: Signal): void;
  onParted(who: number): void;
  onPlaced(lead: number, at: number, count: number): void;
  onNotPlaced(lead: number, at: number, reason: NackReason): void;
  onOpened(): void;
}

export class LedLine {
  readonly remote: LeadRemote;
  readonly #byHandle = new Map<Handle, LedEvents>();
  readonly #byChannel = new Map<number, LedEvents>();

  private constructor(session: TailSession) {
    const events: LeadEvents = {
      leaderGone: ({ channel, lead }) => this.#byChannel.get(channel)?.onGone(lead),
      leaderCame: ({ channel, lead }) => this.#byChannel.get(channel)?.onCame(lead),
      opened: ({ channel }) => this.#byChannel.get(channel)?.onOpened(),
      promoted: ({ handle, lead, tail }) => this.#byHandle.get(handle)?.onPromoted(lead, tail),
      handed: ({ handle, who, device, entries }) =>
        this.#byHandle.get(handle)?.onHanded({ who, device }, entries.slice()),
      signal: ({ handle, who, device, signal }) =>
        this.#byHandle.get(handle)?.onSignal({ who, device }, { ...signal, data: signal.data.slice() }),
      placed: ({ handle, lead, at, count }) => this.#byHandle.get(handle)?.onPlaced(lead, at, count),
      notPlaced: ({ handle, lead, at, reason }) => this.#byHandle.get(handle)?.onNotPlaced(lead, at, reason),
      parted: ({ handle, who }) => this.#byHandle.get(handle)?.onParted(who),
    };
    this.remote = session.facet(leadApi, events);
  }

  static of(session: TailSession): LedLine {
    const known = LINES.get(session) ?? new LedLine(session);
    LINES.set(session, known);
    return known;
  }

  bind(handle: Handle, channel: number, events: LedEvents): void {
    this.#byHandle.set(handle, events);
    this.#byChannel.set(channel, events);
  }

  unbind(handle: Handle, channel: number): void {
    this.#byHandle.delete(handle);
    this.#byChannel.delete(channel);
  }
}

const LINES = new WeakMap<TailSession, LedLine>();
