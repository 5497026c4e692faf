/**
 * The service's end of a contract: bytes in, calls on the session object, frames out. The session object
 * *is* the permission: it was made for one caller and knows who that is.
 *
 * Decoding happens here, once. A frame that does not decode closes the link; a fault that a call throws
 * is its answer; an unknown exception becomes `internal` (SPEC W4, W9).
 */

import { assert, must } from '../base/assert.ts';
import { asFault, Fault } from '../base/fault.ts';
import { callsInFlightMax } from '../base/limits.ts';
import type { Reader } from '../wire/buffer.ts';
import type { Api, Call, Cast, Contract, Events } from '../wire/contract.ts';
import { eachFrame, frameKind, putBeat, putNote } from '../wire/frame.ts';
import { putAnswer, putFault } from '../wire/frame-answer.ts';
import type { Outbox } from './outbox.ts';

/** Contracts prepared for dispatch; one per kind of link, shared by all its connections. */
export interface Service {
  readonly callByNumber: ReadonlyMap<number, CallRow>;
  readonly castByNumber: ReadonlyMap<number, CastRow>;
}

interface Row {
  readonly name: string;
  /** Name of the facet that answers; null is the session itself. */
  readonly facet: string | null;
}

interface CallRow extends Row {
  readonly call: Call<unknown, unknown>;
}

interface CastRow extends Row {
  readonly cast: Cast<unknown>;
}

/**
 * What a link of this kind serves: the contract of its session and further ones, its facets. They share
 * the numbers of the link, so that a caller who does not use a facet need not even know its messages.
 */
export function service(contract: Contract, ...facets: readonly Contract[]): Service {
  const callByNumber = new Map<number, CallRow>();
  const castByNumber = new Map<number, CastRow>();
  for (const [at, { name: facetName, calls, casts }] of [contract, ...facets].entries()) {
    const facet = at === 0 ? null : facetName;
    for (const [name, call] of Object.entries(calls)) add(callByNumber, call.number, { name, facet, call });
    for (const [name, cast] of Object.entries(casts)) add(castByNumber, cast.number, { name, facet, cast });
  }
  return { callByNumber, castByNumber };
}

function add<R extends Row>(rows: Map<number, R>, number: number, row: R): void {
  assert(!rows.has(number), `${row.name}: number ${number} is another message of this link`);
  rows.set(number, row);
}

type Methods = Readonly<Record<string, (message: unknown) => unknown>>;

export interface HostOptions {
  readonly service: Service;
  readonly outbox: Outbox;
  /** The parts of the session that answer the facets of the service, by the names of their contracts. */
  readonly facets?: Readonly<Record<string, object>>;
  /** The caller broke the protocol or the session ended: close its link. */
  onFault(fault: Fault): void;
  /** An exception that is our own mistake, for the log. */
  onMistake(fault: Fault, method: string): void;
}

/** Dispatches the frames of one connection to its session. */
export class Host {
  readonly #options: HostOptions;
  readonly #methods: Methods;
  #callsInFlight = 0;

  constructor(session: object, options: HostOptions) {
    this.#methods = session as Methods;
    this.#options = options;
  }

  /** One message from the caller. */
  receive(message: Uint8Array): void {
    try {
      eachFrame(message, (kind, body) => this.#frame(kind, body));
    } catch (thrown) {
      this.#options.onFault(asFault(thrown));
    }
  }

  #frame(kind: number, body: Reader): void {
    switch (kind) {
      case frameKind.cast:
        this.#cast(body);
        return;
      case frameKind.call:
        this.#call(body);
        return;
      case frameKind.ping: {
        const n = body.uint();
        body.done();
        this.#options.outbox.put((writer) => putBeat(writer, frameKind.pong, n));
        return;
      }
      case frameKind.pong:
        return;
      default:
        throw new Fault('malformed', 'a frame that only a service sends');
    }
  }

  #cast(body: Reader): void {
    const row = this.#options.service.castByNumber.get(body.uint());
    if (row === undefined) throw new Fault('malformed', 'an unknown cast');
    const message = row.cast.message.read(body);
    body.done();
    try {
      this.#answering(row)[row.name]!(message);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code === 'internal') this.#options.onMistake(fault, row.name);
      throw fault;
    }
  }

  #call(body: Reader): void {
    const id = body.uint();
    const row = this.#options.service.callByNumber.get(body.uint());
    if (row === undefined) return this.#answerFault(id, new Fault('unknown', 'no such call'), '');
    const request = row.call.request.read(body);
    body.done();
    if (this.#callsInFlight >= callsInFlightMax) return this.#answerFault(id, new Fault('tooMany'), row.name);
    let answer: unknown;
    try {
      answer = this.#answering(row)[row.name]!(request);
    } catch (thrown) {
      return this.#answerFault(id, asFault(thrown), row.name);
    }
    if (!(answer instanceof Promise)) return this.#answer(id, row, answer);
    this.#callsInFlight++;
    answer
      .then(
        (value: unknown) => this.#answer(id, row, value),
        (thrown: unknown) => this.#answerFault(id, asFault(thrown), row.name),
      )
      .finally(() => this.#callsInFlight--)
      .catch((thrown: unknown) => this.#options.onMistake(asFault(thrown), row.name));
  }

  #answering({ facet }: Row): Methods {
    if (facet === null) return this.#methods;
    return must(this.#options.facets?.[facet], 'a session has the facets of its service') as Methods;
  }

  /** An answer that its own shape refuses is our mistake, not the caller's. */
  #answer(id: number, { call, name }: CallRow, answer: unknown): void {
    try {
      this.#options.outbox.put((writer) => putAnswer(writer, id, call.answer, answer));
    } catch (thrown) {
      this.#answerFault(id, new Fault('internal', '', { cause: thrown }), name);
    }
  }

  #answerFault(id: number, fault: Fault, method: string): void {
    if (fault.code === 'internal') this.#options.onMistake(fault, method);
    this.#options.outbox.put((writer) => putFault(writer, id, fault));
  }
}

/** The pushes of a contract as functions that put frames into an outbox. */
export function pusher<K extends Contract>(contract: K, outbox: Outbox): Events<K> {
  const events: Record<string, (message: unknown) => void> = {};
  for (const [name, declared] of Object.entries(contract.pushes)) {
    events[name] = (message) => outbox.put((writer) => putNote(writer, frameKind.push, declared, message));
  }
  return events as Events<K>;
}

/** Asserts at compile time that a session implements its contract, and answers it unchanged. */
export function implementing<K extends Contract>(_contract: K, session: Api<K>): Api<K> & object {
  return session;
}
