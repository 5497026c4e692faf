/**
 * What the calls of auth stand on, and the one place where proofs are verified: a path that has been
 * seen costs a hash per link, and every way in which it can break is a fault of its own (SPEC A9).
 */

import { must } from 'copse/internal/base/assert.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import { attestationsKnownMax, clockSkewMs } from 'copse/internal/base/limits.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import { verifyChain, type ChainRefusal } from 'copse/internal/capability/chain.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import type { Rights } from 'copse/internal/capability/policy.ts';
import type { Place } from 'copse/internal/capability/route.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Accounts } from '../store/accounts.ts';

export interface Grounds {
  readonly accounts: Accounts;
  readonly primitives: Primitives;
  readonly env: Env;
  /** The node's public key. */
  readonly node: Key;
  readonly proofs: Proofs;
}

/** For whom a session speaks. */
export interface Who {
  readonly user: UserId;
  readonly key: Key;
  readonly device: DeviceId;
  /** What the device may do at most of what the user may: bits of `permission`. */
  readonly scope: number;
  /** When the blessing ends by which the device speaks for her. */
  readonly untilMs: number;
}

export interface VerifiedPath {
  /** From the root's down. */
  readonly path: readonly Attestation[];
  readonly last: Attestation;
  /** Where each stands. */
  readonly places: readonly Place[];
  /** What the path gives on its site, while all of it holds. */
  readonly rights: Rights & { readonly caveats: readonly Caveat[] };
}

export class Proofs {
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #known = new Cache<ObjectId, Attestation>(attestationsKnownMax);

  constructor(primitives: Primitives, env: Env) {
    this.#primitives = primitives;
    this.#env = env;
  }

  /** The attestations of a path that holds now. The bytes are kept: they must not change afterwards. */
  async verify(root: Key, path: readonly Uint8Array[]): Promise<VerifiedPath> {
    const proof = { path, root, atMs: this.#env.wallMs(), known: this.#known };
    const answer = await verifyChain(this.#primitives, proof);
    if (answer.kind === 'refused') {
      throw new Fault(FAULT_BY_REFUSAL[answer.reason], `${answer.reason}, attestation ${answer.at + 1}`);
    }
    const { places, caveats } = answer;
    const last = must(answer.path.at(-1), 'a verified path is not empty');
    return { path: answer.path, last, places, rights: { ...answer.rights, caveats } };
  }
}

const FAULT_BY_REFUSAL: Readonly<Record<ChainRefusal, FaultCode>> = {
  empty: 'malformed',
  tooDeep: 'tooLarge',
  malformed: 'malformed',
  badSignature: 'badProof',
  wrongIssuer: 'badProof',
  otherSite: 'badProof',
  tooWide: 'forbidden',
  cycle: 'forbidden',
  early: 'forbidden',
  expired: 'expired',
  revoked: 'revoked',
  unknownCaveat: 'forbidden',
};

/** The permissions that rights give now; none before their time and after it. */
export function permissionsNow(rights: Rights, nowMs: number): number {
  if (nowMs < rights.notBeforeMs - clockSkewMs) return 0;
  if (rights.expiresMs !== 0 && nowMs >= rights.expiresMs + clockSkewMs) return 0;
  return rights.permissions;
}

/** Answers of the store that are faults for the caller. */
export const FAULT_BY_ANSWER = {
  taken: 'taken',
  full: 'full',
  revoked: 'revoked',
  unknown: 'unknown',
  forbidden: 'forbidden',
  used: 'used',
  expired: 'expired',
  withdrawn: 'revoked',
} as const satisfies Readonly<Record<string, FaultCode>>;
