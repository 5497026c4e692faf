/**
 * Two sides of a handshake and the wire between them, for tests: everything is drawn from a name, so the
 * same name gives the same bytes, and every flight passes through the hands of whoever listens.
 */

import { concat, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { bless, type BlessingTerms } from 'copse/internal/capability/blessing.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import {
  ClientHandshake,
  type ClientOptions,
  type ClientStep,
} from 'copse/internal/social/handshake-client.ts';
import { identityOf, type Identity } from 'copse/internal/social/handshake-keys.ts';
import {
  ServerHandshake,
  type Guest,
  type ServerOptions,
  type ServerStep,
} from 'copse/internal/social/handshake-server.ts';

export interface Parties {
  readonly primitives: Primitives;
  readonly env: Env;
  readonly user: Identity;
  readonly device: Identity;
  readonly node: Identity;
  readonly terms: Uint8Array;
  readonly info: Uint8Array;
}

export const wallMs = 1_800_000_000_000;

/** Random bytes that are a function of the name, a clock that stands. */
function seededEnv(primitives: Primitives, name: string): Env {
  let count = 0;
  return {
    ...realEnv(),
    wallMs: () => wallMs,
    random(size) {
      let bytes: Uint8Array = new Uint8Array(0);
      while (bytes.length < size) bytes = concat(bytes, primitives.sha256(utf8(`${name} ${count++}`)));
      return bytes.slice(0, size);
    },
  };
}

export async function newParties(name: string): Promise<Parties> {
  const primitives = nativePrimitives();
  const identity = (who: string): Promise<Identity> =>
    identityOf(primitives, primitives.sha256(utf8(`${name} ${who}`)));
  return {
    primitives,
    env: seededEnv(primitives, name),
    user: await identity('user'),
    device: await identity('device'),
    node: await identity('node'),
    terms: utf8('terms of the node'),
    info: utf8('session'),
  };
}

/** A blessing of the device at the node for an hour. */
export function blessingOf(parties: Parties, part: Partial<BlessingTerms> = {}): Promise<Uint8Array> {
  return bless(parties.primitives, parties.user.seed, {
    device: parties.device.publicKey,
    audience: parties.node.publicKey,
    scope: 31,
    issuedMs: wallMs,
    expiresMs: wallMs + 3_600_000,
    serial: 1,
    ...part,
  });
}

/** A client that starts at 0 ms. */
export function clientOf(parties: Parties, part: Partial<ClientOptions> = {}): ClientHandshake {
  const { primitives, env, device, node } = parties;
  return new ClientHandshake({ primitives, env, device, server: node.publicKey, ...part }, 0);
}

/** A server that starts at 0 ms. */
export function serverOf(parties: Parties, part: Partial<ServerOptions> = {}): ServerHandshake {
  const { primitives, env, node, terms } = parties;
  return new ServerHandshake({ primitives, env, node, terms, ...part }, 0);
}

export interface Talk {
  /** All flights as they were sent, in order. */
  readonly flights: readonly Uint8Array[];
  /** The last steps of both. */
  readonly client: ClientStep | null;
  readonly server: ServerStep | null;
  readonly guest: Guest | null;
}

/** What arrives of the nth flight; the default wire changes nothing. */
export type Wire = (flight: Uint8Array, n: number) => Uint8Array;

/** Carries the flights until one side is done; every guest is admitted. */
export async function talk(
  parties: Parties,
  sides: { readonly client: ClientHandshake; readonly server: ServerHandshake },
  wire: Wire = (flight) => flight,
): Promise<Talk> {
  const flights: Uint8Array[] = [];
  const carry = (flight: Uint8Array): Uint8Array => {
    flights.push(flight);
    return wire(flight, flights.length - 1);
  };
  let client: ClientStep = { kind: 'send', flight: await sides.client.begin() };
  let server: ServerStep | null = null;
  let guest: Guest | null = null;
  while (client.kind === 'send') {
    server = await sides.server.receive(carry(client.flight), 1);
    if (server.kind === 'guest') guest = server.guest;
    const answer = answerOf(parties, server);
    if (answer === null) return { flights, client: null, server, guest };
    client = await sides.client.receive(carry(answer), 1);
  }
  return { flights, client, server, guest };
}

function answerOf(parties: Parties, step: ServerStep): Uint8Array | null {
  return step.kind === 'guest' ? step.guest.admit(parties.info).flight : step.flight;
}
