/**
 * The sessions that a peer answers (SPEC Z37): so many in all and of one connection, each with the snapshot that it
 * began with, and forgotten when its connection ends, its messages are used up, it says what nobody may say, or
 * it has been silent for a while.
 */

import { Fault } from '../../base/fault.ts';
import {
  reconcileIdleMs,
  reconcileSessionsMax,
  reconcileSessionsPerPeerMax,
} from '../../base/limits-reconcile.ts';
import type { Ground } from './parts.ts';
import { Responder, type ReconcileOptions } from './responder.ts';

interface Session {
  readonly responder: Responder;
  readonly items: number;
  heardMs: number;
}

/** `Peer` is what the caller knows a connection by. */
export class Sessions<Peer> {
  readonly #sessionsByPeer = new Map<Peer, Map<number, Session>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Items of all their snapshots; what some share counts for each. */
  get items(): number {
    let items = 0;
    for (const own of this.#sessionsByPeer.values())
      for (const session of own.values()) items += session.items;
    return items;
  }

  /** Throws `full` when the connection may open no further one. */
  requireRoom(peer: Peer, nowMs: number): void {
    this.forgetIdle(nowMs);
    if ((this.#sessionsByPeer.get(peer)?.size ?? 0) >= reconcileSessionsPerPeerMax)
      throw new Fault('full', `A connection has at most ${reconcileSessionsPerPeerMax} reconciliations.`);
    if (this.#count >= reconcileSessionsMax)
      throw new Fault('full', 'This peer answers as many reconciliations as it can. Try again later.');
  }

  /** Throws `full`, and `taken` when the connection has a session of this number. */
  open(peer: Peer, number: number, ground: Ground, at: { readonly nowMs: number } & ReconcileOptions): void {
    this.requireRoom(peer, at.nowMs);
    const own = this.#sessionsByPeer.get(peer) ?? new Map<number, Session>();
    if (own.has(number)) throw new Fault('taken', `There is a reconciliation ${number}. Close it first.`);
    own.set(number, {
      responder: new Responder(ground, at),
      items: ground.snapshot.size,
      heardMs: at.nowMs,
    });
    this.#sessionsByPeer.set(peer, own);
    this.#count++;
  }

  /** The answer. Throws `unknown`, and what a responder throws; the session is forgotten then. */
  on(peer: Peer, number: number, message: Uint8Array, nowMs: number): Uint8Array {
    this.forgetIdle(nowMs);
    const session = this.#sessionsByPeer.get(peer)?.get(number);
    if (session === undefined)
      throw new Fault('unknown', `There is no reconciliation ${number}. Open it again.`);
    session.heardMs = nowMs;
    try {
      return session.responder.on(message);
    } catch (thrown) {
      this.close(peer, number);
      throw thrown;
    }
  }

  close(peer: Peer, number: number): void {
    const own = this.#sessionsByPeer.get(peer);
    if (own?.delete(number) !== true) return;
    this.#count--;
    if (own.size === 0) this.#sessionsByPeer.delete(peer);
  }

  /** The connection has ended. */
  leave(peer: Peer): void {
    this.#count -= this.#sessionsByPeer.get(peer)?.size ?? 0;
    this.#sessionsByPeer.delete(peer);
  }

  /** Also happens whenever something else does. */
  forgetIdle(nowMs: number): void {
    for (const [peer, own] of this.#sessionsByPeer)
      for (const [number, { heardMs }] of own)
        if (nowMs - heardMs >= reconcileIdleMs) this.close(peer, number);
  }
}
