/**
 * The caller's end of a contract: calls become frames and promises, pushes become events. Every call
 * has a deadline and settles exactly once; a link that ends settles all of them (SPEC W11).
 */

import { assert } from '../base/assert.ts';
import type { Env, Timer } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { callsInFlightMax } from '../base/limits.ts';
import type { Reader } from '../wire/buffer.ts';
import type { Call, Contract, Events, Remote } from '../wire/contract.ts';
import { eachFrame, frameKind, putBeat, putCall, putNote, readFault } from '../wire/frame.ts';
import type { Link } from './link.ts';
import { Outbox, WriterPool } from './outbox.ts';

export interface Dialed<K> {
  readonly remote: Remote<K>;
  /** Calls and hears another contract that the other end serves on this link (`service`). */
  readonly facet: <F extends Contract>(contract: F, events: Events<F>) => Remote<F>;
  /** Resolves when the link has ended; with the fault that ended it, or null. */
  readonly ended: Promise<Fault | null>;
  /** Round trip in milliseconds; rejects when the link ends first. */
  ping(deadlineMs: number): Promise<number>;
  /** Sends what is waiting without waiting for the end of the turn. */
  flush(): void;
  close(fault?: Fault): void;
}

interface Waiting {
  readonly read: (body: Reader) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
  readonly timer: Timer;
}

/** Starts calling over `link`. Events arrive in order, never inside a call. */
export function dial<K extends Contract>(contract: K, link: Link, events: Events<K>, env: Env): Dialed<K> {
  return new Caller(contract, link, events, env).dialed();
}

class Caller<K extends Contract> {
  readonly #contract: K;
  readonly #link: Link;
  readonly #env: Env;
  readonly #outbox: Outbox;
  readonly #waiting = new Map<number, Waiting>();
  readonly #pushByNumber = new Map<number, (body: Reader) => void>();
  readonly #ended: Promise<Fault | null>;
  #onEnd: (fault: Fault | null) => void = () => {};
  #over = false;
  #nextId = 1;

  constructor(contract: K, link: Link, events: Events<K>, env: Env) {
    this.#contract = contract;
    this.#link = link;
    this.#env = env;
    this.#outbox = new Outbox(
      { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    this.#hear(contract, events);
    this.#ended = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    link.listen({ onMessage: (message) => this.#receive(message), onClose: (fault) => this.#end(fault) });
  }

  #hear<F extends Contract>(contract: F, events: Events<F>): void {
    const handlers: Readonly<Record<string, (message: unknown) => void>> = events;
    for (const [name, declared] of Object.entries(contract.pushes)) {
      this.#pushByNumber.set(declared.number, (body) => {
        const message = declared.message.read(body);
        body.done();
        handlers[name]?.(message);
      });
    }
  }

  #remoteOf<F extends Contract>(contract: F): Remote<F> {
    const methods: Record<string, (message: unknown) => unknown> = {};
    for (const [name, declared] of Object.entries(contract.calls)) {
      methods[name] = (request) => this.#call(declared, request);
    }
    for (const [name, declared] of Object.entries(contract.casts)) {
      methods[name] = (message) => {
        if (!this.#over) this.#outbox.put((writer) => putNote(writer, frameKind.cast, declared, message));
      };
    }
    return methods as Remote<F>;
  }

  dialed(): Dialed<K> {
    return {
      remote: this.#remoteOf(this.#contract),
      facet: (contract, events) => {
        this.#hear(contract, events);
        return this.#remoteOf(contract);
      },
      ended: this.#ended,
      ping: (deadlineMs) => this.#ping(deadlineMs),
      flush: () => this.#outbox.flush(),
      close: (fault) => {
        this.#end(fault ?? null);
        this.#link.close(fault);
      },
    };
  }

  #call(declared: Call<unknown, unknown>, request: unknown): Promise<unknown> {
    return this.#wait(
      declared.deadlineMs,
      (body) => declared.answer.read(body),
      (id) => this.#outbox.put((writer) => putCall(writer, id, declared.number, declared.request, request)),
    );
  }

  async #ping(deadlineMs: number): Promise<number> {
    const startMs = this.#env.nowMs();
    await this.#wait(
      deadlineMs,
      () => null,
      (id) => this.#outbox.put((writer) => putBeat(writer, frameKind.ping, id)),
    );
    return this.#env.nowMs() - startMs;
  }

  #wait(deadlineMs: number, read: (body: Reader) => unknown, send: (id: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new Fault('closed'));
      if (this.#waiting.size >= callsInFlightMax)
        return reject(new Fault('tooMany', 'calls of this connection'));
      const id = this.#nextId++;
      const timer = this.#env.after(deadlineMs, () => {
        this.#waiting.delete(id);
        reject(new Fault('deadline'));
      });
      this.#waiting.set(id, { read, resolve, reject, timer });
      try {
        send(id);
      } catch (thrown) {
        this.#settle(id);
        reject(asFault(thrown));
      }
    });
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    return waiting;
  }

  #receive(message: Uint8Array): void {
    if (this.#over) return;
    try {
      eachFrame(message, this.#frame);
    } catch (thrown) {
      const fault = asFault(thrown);
      // First its own end: closing a link may tell it of an end without a fault.
      this.#end(fault);
      this.#link.close(fault);
    }
  }

  readonly #frame = (kind: number, body: Reader): void => {
    switch (kind) {
      case frameKind.push:
        this.#pushByNumber.get(body.uint())?.(body);
        return;
      case frameKind.answer: {
        const id = body.uint();
        const waiting = this.#waiting.get(id);
        if (waiting === undefined) return;
        // What cannot be read ends the link, and with it this call, which is still waiting then.
        const answer = waiting.read(body);
        body.done();
        this.#settle(id)?.resolve(answer);
        return;
      }
      case frameKind.fault: {
        const id = body.uint();
        if (this.#waiting.has(id)) {
          const fault = readFault(body);
          body.done();
          this.#settle(id)?.reject(fault);
        }
        return;
      }
      case frameKind.pong: {
        const id = body.uint();
        body.done();
        this.#settle(id)?.resolve(null);
        return;
      }
      case frameKind.ping: {
        const n = body.uint();
        body.done();
        this.#outbox.put((writer) => putBeat(writer, frameKind.pong, n));
        return;
      }
      default:
        throw new Fault('malformed', 'a frame that only a caller sends');
    }
  };

  #end(fault: Fault | null): void {
    if (this.#over) return;
    this.#over = true;
    for (const id of this.#waiting.keys()) this.#settle(id)?.reject(fault ?? new Fault('closed'));
    assert(this.#waiting.size === 0, 'every call is settled');
    this.#onEnd(fault);
  }
}
