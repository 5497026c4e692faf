/**
 * The node's side of the handshake: bytes in, bytes out, no socket, no timer and no database (flights in
 * `handshake.ts`).
 *
 *   receive(login_request)  → a challenge, a cookie when under load, or a refusal
 *   receive(login_response) → a guest: who it is, proven, and with which blessing
 *   guest.admit(info) or guest.refuse(code) → login_result; the owner decides by its accounts
 *
 * A flight that fails or comes out of turn ends the handshake for good. Of a stranger whose proof does
 * not hold, nothing is told why.
 */

import { assert } from '../base/assert.ts';
import { concat, equal, utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault, type FaultCode } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { flightBytesMax, handshakeMs, termsBytesMax } from '../base/limits.ts';
import { checkBlessing, type Blessing, type BlessingRefusal } from '../capability/blessing.ts';
import { OneTimeKey } from '../crypto/agree.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Channel } from './channel.ts';
import type { Cookies } from './handshake-cookie.ts';
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
  type FlightKeys,
  type Identity,
} from './handshake-keys.ts';
import {
  decodeLoginRequest,
  decodeProof,
  detailBytesMax,
  encodeLoginAnswer,
  encodeLoginResult,
  encodeProof,
  isClearFault,
  suite,
  type LoginRequest,
  type LoginResult,
} from './handshake.ts';

export interface ServerOptions {
  readonly primitives: Primitives;
  /** Gives the one-time key and the date against which blessings are checked. */
  readonly env: Env;
  readonly node: Identity;
  /** What the node says of its limits and prices to everyone who asks. */
  readonly terms: Uint8Array;
  /** Present when the node is under load: who does not bring a cookie gets one and nothing else. */
  readonly underLoad?: { readonly cookies: Cookies; readonly address: string };
}

export type ServerStep =
  | { readonly kind: 'send'; readonly flight: Uint8Array }
  | { readonly kind: 'guest'; readonly guest: Guest }
  /** Send the flight when there is one, then close. */
  | { readonly kind: 'refused'; readonly fault: Fault; readonly flight: Uint8Array | null };

type State =
  | { readonly at: 'start'; readonly gaveCookie: boolean }
  | {
      readonly at: 'challenged';
      readonly keys: FlightKeys;
      readonly shared: Uint8Array;
      readonly h2: Uint8Array;
    }
  | { readonly at: 'over' };

interface Taken {
  readonly step: ServerStep;
  readonly next: State;
}

const OVER: State = { at: 'over' };

export class ServerHandshake {
  /** When an unfinished handshake is over (SPEC H9); the owner of the socket arms a timer. */
  readonly deadlineMs: number;
  readonly #options: ServerOptions;
  #state: State = { at: 'start', gaveCookie: false };
  #turn = 0;

  constructor(options: ServerOptions, nowMs: number) {
    assert(options.terms.length <= termsBytesMax, 'the terms are within their limit');
    this.deadlineMs = nowMs + handshakeMs;
    this.#options = options;
  }

  /** What to do about the flight that the client sent. */
  async receive(flight: Uint8Array, nowMs: number): Promise<ServerStep> {
    const state = this.#state;
    const turn = ++this.#turn;
    this.#state = OVER;
    try {
      if (nowMs >= this.deadlineMs) throw new Fault('deadline', 'the handshake took too long');
      if (flight.length > flightBytesMax) throw new Fault('tooLarge', 'a flight of the handshake');
      const { step, next } = await this.#take(state, flight, nowMs);
      // What came meanwhile came out of turn, and this step is not taken either.
      if (turn !== this.#turn) throw new Fault('malformed', 'a flight out of turn');
      this.#state = next;
      return step;
    } catch (thrown) {
      this.#state = OVER;
      if (thrown instanceof Fault) return refusal(thrown, state);
      throw thrown;
    }
  }

  async #take(state: State, flight: Uint8Array, nowMs: number): Promise<Taken> {
    switch (state.at) {
      case 'start':
        return this.#answer(state, flight, nowMs);
      case 'challenged':
        return { step: await this.#takeResponse(state, flight), next: OVER };
      case 'over':
        throw new Fault('malformed', 'a flight out of turn');
    }
  }

  /** Cheap checks first; the key agreement and the signature come last (SPEC H9). */
  async #answer(state: { readonly gaveCookie: boolean }, flight: Uint8Array, nowMs: number): Promise<Taken> {
    const request = decodeLoginRequest(flight);
    if (request.suite !== suite) throw new Fault('version', 'this suite is not spoken here');
    if (!equal(request.target, this.#options.node.publicKey)) throw new Fault('wrongPeer');
    const cookie = this.#cookieFor(request, nowMs);
    if (cookie === null) return this.#challenge(flight, request.oneTimeKey);
    if (state.gaveCookie) throw new Fault('tooMany', 'the cookie was not brought back');
    return {
      step: { kind: 'send', flight: encodeLoginAnswer({ kind: 'cookie', cookie }) },
      next: { at: 'start', gaveCookie: true },
    };
  }

  /** The cookie that the client must bring first, or null when it need not or has. */
  #cookieFor(request: LoginRequest, nowMs: number): Uint8Array | null {
    const load = this.#options.underLoad;
    if (load === undefined) return null;
    const { cookie, oneTimeKey } = request;
    if (load.cookies.holds(cookie, load.address, oneTimeKey, nowMs)) return null;
    return load.cookies.bake(load.address, oneTimeKey, nowMs);
  }

  async #challenge(request: Uint8Array, clientOneTimeKey: Uint8Array): Promise<Taken> {
    const { primitives, env, node, terms } = this.#options;
    const oneTime = await OneTimeKey.make(primitives, env);
    const shared = await oneTime.agree(clientOneTimeKey);
    if (shared === null) throw new Fault('badProof', 'a one-time key of small order');
    const h1 = requestHash(primitives, request, oneTime.publicKey);
    const keys = flightKeys(primitives, shared, h1);
    const proof = await prove(primitives, serverRole, node, {
      transcript: h1,
      macKey: keys.serverMac,
      extra: terms,
    });
    const plaintext = encodeProof(proof);
    const h2 = challengeHash(primitives, h1, plaintext);
    const sealed = sealFlight(primitives, keys.challenge, plaintext);
    const flight = encodeLoginAnswer({ kind: 'challenge', oneTimeKey: oneTime.publicKey, sealed });
    return { step: { kind: 'send', flight }, next: { at: 'challenged', keys, shared, h2 } };
  }

  async #takeResponse(
    state: { readonly keys: FlightKeys; readonly shared: Uint8Array; readonly h2: Uint8Array },
    flight: Uint8Array,
  ): Promise<ServerStep> {
    const { primitives, env, node } = this.#options;
    const { keys, shared, h2 } = state;
    const plaintext = openFlight(primitives, keys.response, flight);
    if (plaintext === null) throw new Fault('badProof', 'the response does not open');
    const proof = decodeProof(plaintext);
    const transcript = concat(h2, node.publicKey);
    if (!(await isProven(primitives, clientRole, proof, { transcript, macKey: keys.clientMac }))) {
      throw new Fault('badProof', "the device's proof does not hold");
    }
    const secrets = trafficSecrets(primitives, shared, responseHash(primitives, h2, plaintext));
    shared.fill(0);
    const channel = new Channel(primitives, { send: secrets.toClient, receive: secrets.toServer });
    const device = key(proof.publicKey);
    if (proof.extra.length === 0) return { kind: 'guest', guest: new Guest(device, null, channel) };
    const use = { device, node: node.publicKey, wallMs: env.wallMs() };
    const answer = await checkBlessing(primitives, proof.extra, use);
    if (answer.kind === 'ok') return { kind: 'guest', guest: new Guest(device, answer.blessing, channel) };
    const code = codeOf(answer.reason);
    const sealed = new Guest(device, null, channel).refuse(code, `blessing: ${answer.reason}`);
    return { kind: 'refused', fault: new Fault(code, `blessing: ${answer.reason}`), flight: sealed };
  }
}

/** A device that has proven itself and waits for the decision of the node. */
export class Guest {
  readonly device: Key;
  /** Valid now, here and for this device; null for a stranger, who gets the restricted session (SPEC H10). */
  readonly blessing: Blessing | null;
  readonly #channel: Channel;
  #isDecided = false;

  constructor(device: Key, blessing: Blessing | null, channel: Channel) {
    this.device = device;
    this.blessing = blessing;
    this.#channel = channel;
  }

  /** The login_result with what the client should know of its session, and the channel behind it. */
  admit(info: Uint8Array): { readonly flight: Uint8Array; readonly channel: Channel } {
    assert(info.length <= termsBytesMax, 'the session information is within its limit');
    return { flight: this.#decide({ kind: 'ok', info }), channel: this.#channel };
  }

  /** The login_result that says why not; send it and close. The detail is a short reason without secrets. */
  refuse(fault: FaultCode, detail = ''): Uint8Array {
    assert(utf8(detail).length <= detailBytesMax, 'a detail is short');
    const flight = this.#decide({ kind: 'refused', fault, detail });
    this.#channel.close();
    return flight;
  }

  #decide(result: LoginResult): Uint8Array {
    assert(!this.#isDecided, 'a guest is admitted or refused once');
    this.#isDecided = true;
    return this.#channel.seal(encodeLoginResult(result));
  }
}

/** Before the client has proven anything it is told in clear, and only what helps an honest one. */
function refusal(fault: Fault, state: State): ServerStep {
  const isTold = state.at === 'start' && isClearFault(fault.code);
  const flight = isTold ? encodeLoginAnswer({ kind: 'refused', fault: fault.code }) : null;
  return { kind: 'refused', fault, flight };
}

function codeOf(reason: BlessingRefusal): FaultCode {
  return reason === 'expired' ? 'expired' : 'badProof';
}
