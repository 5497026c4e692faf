/**
 * The client's side of the handshake: bytes in, bytes out, no socket and no timer (flights in
 * `handshake.ts`). It shows itself only to a node that has proven the expected key (SPEC H4, H8).
 *
 *   begin() → login_request; receive(flight) → the next flight, the channel, or why there is none.
 *
 * A flight that fails or comes out of turn ends the handshake for good; try again with a new one.
 */

import { assert } from '../base/assert.ts';
import { concat, equal, NO_BYTES } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { flightBytesMax, handshakeMs } from '../base/limits.ts';
import { OneTimeKey } from '../crypto/agree.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Channel } from './channel.ts';
import {
  challengeHash,
  clientRole,
  flightKeys,
  isProven,
  openFlight,
  prove,
  requestHash,
  responseHash,
  sealFlight,
  serverRole,
  trafficSecrets,
  type Identity,
} from './handshake-keys.ts';
import {
  decodeLoginAnswer,
  decodeLoginResult,
  decodeProof,
  encodeLoginRequest,
  encodeProof,
  suite,
  type LoginAnswer,
} from './handshake.ts';

export interface ClientOptions {
  readonly primitives: Primitives;
  readonly env: Env;
  /** The key in the address; a node with another one is refused. */
  readonly server: Key;
  readonly device: Identity;
  /** By the user, for this device; without it the session is a stranger's (SPEC H10). */
  readonly blessing?: Uint8Array;
}

export type ClientStep =
  | { readonly kind: 'send'; readonly flight: Uint8Array }
  | {
      readonly kind: 'done';
      readonly channel: Channel;
      /** What the node says of the session. */
      readonly info: Uint8Array;
      /** What the node says of its limits and prices. */
      readonly terms: Uint8Array;
    }
  | { readonly kind: 'refused'; readonly fault: Fault };

interface Requested {
  readonly at: 'requested';
  readonly oneTimeKey: OneTimeKey;
  readonly request: Uint8Array;
  readonly mayAskCookie: boolean;
}

type State =
  | { readonly at: 'start' }
  | Requested
  | { readonly at: 'responded'; readonly channel: Channel; readonly terms: Uint8Array }
  | { readonly at: 'over' };

interface Taken {
  readonly step: ClientStep;
  readonly next: State;
}

const OVER: State = { at: 'over' };

export class ClientHandshake {
  /** When an unfinished handshake is over (SPEC H9); the owner of the socket arms a timer. */
  readonly deadlineMs: number;
  readonly #options: ClientOptions;
  #state: State = { at: 'start' };
  #turn = 0;

  constructor(options: ClientOptions, nowMs: number) {
    this.deadlineMs = nowMs + handshakeMs;
    this.#options = options;
  }

  /** The login_request; asked once, and awaited before anything is received. */
  async begin(): Promise<Uint8Array> {
    assert(this.#state.at === 'start', 'a handshake begins once');
    const turn = ++this.#turn;
    this.#state = OVER;
    const { primitives, env } = this.#options;
    const requested = this.#request(await OneTimeKey.make(primitives, env), NO_BYTES);
    if (turn === this.#turn) this.#state = requested;
    return requested.request;
  }

  /** What to do about the flight that the node sent. */
  async receive(flight: Uint8Array, nowMs: number): Promise<ClientStep> {
    const state = this.#state;
    const turn = ++this.#turn;
    this.#state = OVER;
    try {
      if (nowMs >= this.deadlineMs) throw new Fault('deadline', 'the handshake took too long');
      if (flight.length > flightBytesMax) throw new Fault('tooLarge', 'a flight of the handshake');
      const { step, next } = await this.#take(state, flight);
      // What came meanwhile came out of turn, and this step is not taken either.
      if (turn !== this.#turn) throw new Fault('malformed', 'a flight out of turn');
      this.#state = next;
      return step;
    } catch (thrown) {
      this.#state = OVER;
      if (thrown instanceof Fault) return { kind: 'refused', fault: thrown };
      throw thrown;
    }
  }

  async #take(state: State, flight: Uint8Array): Promise<Taken> {
    switch (state.at) {
      case 'requested':
        return this.#takeAnswer(state, decodeLoginAnswer(flight));
      case 'responded':
        return { step: takeResult(state.channel, state.terms, flight), next: OVER };
      case 'start':
      case 'over':
        throw new Fault('malformed', 'a flight out of turn');
    }
  }

  async #takeAnswer(state: Requested, answer: LoginAnswer): Promise<Taken> {
    if (answer.kind === 'refused') throw new Fault(answer.fault, 'said before the node proved itself');
    if (answer.kind === 'challenge') return this.#takeChallenge(state, answer);
    if (!state.mayAskCookie) throw new Fault('malformed', 'a second cookie');
    const next = this.#request(state.oneTimeKey, answer.cookie);
    return { step: { kind: 'send', flight: next.request }, next };
  }

  async #takeChallenge(
    { oneTimeKey, request }: Requested,
    challenge: { readonly oneTimeKey: Uint8Array; readonly sealed: Uint8Array },
  ): Promise<Taken> {
    const { primitives, server, device } = this.#options;
    const shared = await oneTimeKey.agree(challenge.oneTimeKey);
    if (shared === null) throw new Fault('badProof', 'a one-time key of small order');
    const h1 = requestHash(primitives, request, challenge.oneTimeKey);
    const keys = flightKeys(primitives, shared, h1);
    const plaintext = openFlight(primitives, keys.challenge, challenge.sealed);
    if (plaintext === null) throw new Fault('badProof', 'the challenge does not open');
    const proof = decodeProof(plaintext);
    if (!equal(proof.publicKey, server)) throw new Fault('wrongPeer');
    if (!(await isProven(primitives, serverRole, proof, { transcript: h1, macKey: keys.serverMac }))) {
      throw new Fault('badProof', "the node's proof does not hold");
    }
    const h2 = challengeHash(primitives, h1, plaintext);
    const transcript = concat(h2, server);
    const extra = this.#options.blessing ?? NO_BYTES;
    const response = encodeProof(
      await prove(primitives, clientRole, device, { transcript, macKey: keys.clientMac, extra }),
    );
    const secrets = trafficSecrets(primitives, shared, responseHash(primitives, h2, response));
    shared.fill(0);
    const channel = new Channel(primitives, { send: secrets.toServer, receive: secrets.toClient });
    return {
      step: { kind: 'send', flight: sealFlight(primitives, keys.response, response) },
      next: { at: 'responded', channel, terms: proof.extra },
    };
  }

  #request(oneTimeKey: OneTimeKey, cookie: Uint8Array): Requested {
    const target = this.#options.server;
    const request = encodeLoginRequest({ suite, oneTimeKey: oneTimeKey.publicKey, target, cookie });
    return { at: 'requested', oneTimeKey, request, mayAskCookie: cookie.length === 0 };
  }
}

function takeResult(channel: Channel, terms: Uint8Array, flight: Uint8Array): ClientStep {
  const result = decodeLoginResult(channel.open(flight));
  if (result.kind === 'ok') return { kind: 'done', channel, info: result.info, terms };
  channel.close();
  throw new Fault(result.fault, result.detail);
}
