/** Who calls over HTTP: whoever has proven, for this one request, to have the key of a device (SPEC O2). */

import type { Env } from 'copse/internal/base/env.ts';
import { base64url } from 'copse/internal/base/bytes.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { fromTokenText } from 'copse/internal/crypto/token.ts';
import { DpopDesk } from './http-dpop.ts';
import { Nonces, UsedProofs } from './http-nonce.ts';
import { Denied } from './http-reply.ts';

export interface PossessionOptions {
  readonly primitives: Primitives;
  readonly env: Env;
  /** The origins by which this node is known, the public one first. */
  readonly origins: () => readonly string[];
}

/** A key, proven by a proof that has not been used yet. */
export interface Proven {
  readonly device: Key;
  /** Of the proof and its key. */
  readonly name: string;
}

export interface TokenText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const TOKEN_SCHEME = /^dpop +(\S+)$/i;

export class Possession {
  readonly #options: PossessionOptions;
  readonly #nonces: Nonces;
  readonly #desk: DpopDesk;
  /** Of devices with a token, and of others: strangers cannot fill the memory of the former. */
  readonly #used: { readonly token: UsedProofs; readonly key: UsedProofs };

  constructor(options: PossessionOptions) {
    const { env, primitives } = options;
    this.#options = options;
    this.#nonces = new Nonces(primitives, env);
    this.#desk = new DpopDesk(primitives, this.#nonces);
    this.#used = { token: new UsedProofs(env), key: new UsedProofs(env) };
  }

  /** For the next proof. */
  get nonce(): string {
    return this.#nonces.current();
  }

  /** The key, when the proof is of this request; `token` is what the request shows besides. */
  async prove(request: Request, path: string, token: TokenText | null): Promise<Proven> {
    const { env, origins } = this.#options;
    const proof = await this.#desk.check(request.headers.get('dpop'), {
      method: request.method,
      urls: origins().map((origin) => origin + path),
      token: token?.text ?? null,
      wallMs: env.wallMs(),
    });
    if (proof.kind === 'refused') throw Denied.byProof(proof.error, proof.why);
    const { device, name } = proof;
    return { device, name: base64url(device) + name };
  }

  /** A proof counts once. Called when the token of the key was found to be good. */
  use({ name }: Proven, { withToken }: { readonly withToken: boolean }): void {
    const used = withToken ? this.#used.token : this.#used.key;
    if (!used.use(name)) throw Denied.byProof('invalid_dpop_proof', 'it was used before');
  }
}

/** The token that a request shows; throws when there is none. */
export function tokenOf(request: Request): TokenText {
  const text = TOKEN_SCHEME.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
  if (text === null) throw Denied.byToken('the header `Authorization: DPoP …` is missing');
  const bytes = fromTokenText(text);
  if (bytes === null) throw Denied.byToken('not a token');
  return { text, bytes };
}
