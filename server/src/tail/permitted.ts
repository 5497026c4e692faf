/** What an access permits on one connection (SPEC R6), and the proofs that were asked of it (SPEC R8). */

import type { TailApi } from 'copse/internal/api/tail.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { LogId } from 'copse/internal/base/ids.ts';
import { permitsNow } from 'copse/internal/capability/caveat.ts';
import { isProven, presenting, proofHash } from 'copse/internal/capability/possession.ts';
import type { Admitted } from './admission.ts';
import type { Access } from './rights.ts';
import type { Shard } from './shard.ts';

type LeaseRequest = Parameters<TailApi['lease']>[0];

export interface Here {
  readonly log: LogId;
  readonly from: { readonly address: string; readonly origin: string | null };
}

export interface Permitted {
  readonly permissions: number;
  /** Monotonic time at which it is to be asked again. */
  readonly untilMs: number;
}

/** `forbidden` to pages that may not use the site; else everything without conditions, and what is permitted under caveats that hold here and now. */
export function permittedHere(env: Env, access: Access, here: Here): Permitted {
  let { permissions, untilMs } = access;
  const { origin } = here.from;
  // Programs have none and are not meant (SPEC O9).
  if (access.origins.length > 0 && origin !== null && !access.origins.includes(origin))
    throw new Fault('forbidden', 'pages of this origin may not use the site');
  if (access.conditional.length === 0) return { permissions, untilMs };
  const wallMs = env.wallMs();
  const nowMs = env.nowMs();
  for (const { permissions: more, expiresMs, caveats } of access.conditional) {
    // Auth has looked at resource and beginning; what is left are the end and the caveats.
    const rights = {
      permissions: more,
      resource: '*',
      delegations: 0,
      notBeforeMs: 0,
      expiresMs,
      quota: 0,
    } as const;
    const permitted = permitsNow(
      { ...rights, caveats },
      { log: here.log, address: here.from.address, origin: here.from.origin, wallMs },
    );
    if (permitted.permissions === 0) continue;
    permissions |= permitted.permissions;
    untilMs = Math.min(untilMs, nowMs + (permitted.untilMs - wallMs));
  }
  return { permissions, untilMs };
}

/** Of one connection; the oldest is forgotten first. */
const PROOFS_ASKED_MAX = 64;

export class Proofs {
  readonly #requestByNonce = new Map<string, LeaseRequest>();

  /** The nonce of a proof for this lease. */
  ask(env: Env, request: LeaseRequest): Uint8Array {
    if (this.#requestByNonce.size >= PROOFS_ASKED_MAX) {
      for (const oldest of this.#requestByNonce.keys()) {
        this.#requestByNonce.delete(oldest);
        break;
      }
    }
    const nonce = env.random(32);
    this.#requestByNonce.set(hex(nonce), { ...request });
    return nonce;
  }

  /** What a device that has signed its proof may do, and the lease that it was asked for. */
  async check(
    { env, primitives, nodeKey, rights }: Shard,
    caller: Admitted,
    answer: Parameters<TailApi['attest']>[0],
  ): Promise<[Access, LeaseRequest]> {
    const request = this.#take(answer.nonce);
    if (request === null) throw new Fault('badProof', 'no proof was asked for with this nonce');
    // Views of a message, which does not outlive what is awaited below.
    const [nonce, signature] = [answer.nonce.slice(), answer.signature.slice()];
    const path = answer.proof.map((bytes) => bytes.slice());
    const claim = presenting({ nonce, node: nodeKey, proof: proofHash(primitives, path) });
    if (!(await isProven(primitives, caller.key, claim, signature)))
      throw new Fault('badProof', 'the device has not signed this proof');
    const { user, device } = caller;
    const access = await rights.prove({ user, device, site: request.site, log: request.log }, path);
    env.log('debug', 'tail.proof', { user });
    return [access, request];
  }

  /** What a nonce was given for, once. */
  #take(nonce: Uint8Array): LeaseRequest | null {
    const name = hex(nonce);
    const request = this.#requestByNonce.get(name) ?? null;
    this.#requestByNonce.delete(name);
    return request;
  }
}
