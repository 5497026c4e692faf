/**
 * Keeps one connection up: tries, tries again with jittered pauses, and stops only when trying is no use
 * (SPEC S4, W8). What a connection is, its owner decides.
 */

import { backoff, type Backoff } from '../base/backoff.ts';
import type { Env, Timer } from '../base/env.ts';
import { asFault, type Fault } from '../base/fault.ts';
import { reconnectBaseMs, reconnectCapMs } from '../base/limits.ts';

export interface Connected {
  /** Resolves when the connection has ended, with the fault that ended it. */
  readonly ended: Promise<Fault | null>;
  close(): void;
}

export interface UpkeepOwner<C extends Connected> {
  readonly env: Env;
  /** One attempt. A fault of the class `never` is the last one. */
  attempt(): Promise<C>;
  onUp(connected: C): void;
  /** The connection has ended, or an attempt has failed. */
  onDown(fault: Fault | null): void;
  onState(): void;
}

export type UpkeepState =
  | 'resting' // not started, or stopped
  | 'trying'
  | 'up'
  | 'waiting' // before the next attempt
  | 'given up'; // trying is no use

export class Upkeep<C extends Connected> {
  readonly #owner: UpkeepOwner<C>;
  readonly #pauses: Backoff;
  #state: UpkeepState = 'resting';
  #connected: C | null = null;
  #timer: Timer | null = null;
  /** Pause that the node asked for. */
  #askedMs: number | null = null;
  /** The last connection ended with a fault that will come again. */
  #isSuspect = false;
  /** Makes what an older attempt still says void. */
  #turn = 0;

  constructor(owner: UpkeepOwner<C>) {
    this.#owner = owner;
    this.#pauses = backoff(owner.env, reconnectBaseMs, reconnectCapMs);
  }

  get state(): UpkeepState {
    return this.#state;
  }

  get connected(): C | null {
    return this.#connected;
  }

  start(): void {
    if (this.#state === 'resting' || this.#state === 'given up') void this.#try();
  }

  /** Something may have changed for the better: a pause ends now. */
  nudge(): void {
    if (this.#state !== 'waiting') return;
    this.#timer?.cancel();
    void this.#try();
  }

  /** The node asked to come back after a pause; it closes the connection itself. */
  comeBackAfter(pauseMs: number): void {
    this.#askedMs = pauseMs;
  }

  /** Ends the connection so that a new attempt begins at once, with what has changed. */
  restart(): void {
    const connected = this.#connected;
    if (connected === null) return;
    this.#askedMs = 0;
    connected.close();
  }

  stop(): void {
    this.#turn++;
    this.#timer?.cancel();
    const connected = this.#connected;
    this.#connected = null;
    this.#set('resting');
    connected?.close();
    if (connected !== null) this.#owner.onDown(null);
  }

  async #try(): Promise<void> {
    const turn = ++this.#turn;
    this.#set('trying');
    try {
      const connected = await this.#owner.attempt();
      if (turn !== this.#turn) {
        connected.close();
        return;
      }
      await this.#live(connected, turn);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      const fault = asFault(thrown);
      this.#owner.env.log('info', 'connect.failed', { fault: fault.code });
      if (fault.retry === 'never') this.#set('given up');
      else this.#wait(this.#pauses.next());
      this.#owner.onDown(fault);
    }
  }

  async #live(connected: C, turn: number): Promise<void> {
    // The node let us in, so it is not overloaded: whatever ends this connection, a train that loses its
    // line every second included, the next attempts begin with short pauses again. Unless the last one
    // ended because one of us made a mistake, which will happen again.
    if (!this.#isSuspect) this.#pauses.reset();
    this.#connected = connected;
    this.#askedMs = null;
    this.#set('up');
    this.#owner.onUp(connected);
    const fault = await connected.ended;
    if (turn !== this.#turn) return;
    this.#connected = null;
    this.#isSuspect = fault?.retry === 'never';
    this.#owner.env.log('info', 'connect.ended', { fault: fault?.code ?? '' });
    // Whatever ended it, an established connection is worth a new attempt; that one knows better.
    this.#wait(this.#askedMs ?? this.#pauses.next());
    this.#owner.onDown(fault);
  }

  #wait(pauseMs: number): void {
    this.#set('waiting');
    this.#timer = this.#owner.env.after(pauseMs, () => void this.#try());
  }

  #set(state: UpkeepState): void {
    this.#state = state;
    this.#owner.onState();
  }
}
