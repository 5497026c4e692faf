/**
 * A program that calls a node over HTTP: it makes proofs of possession with the package `jose`, keeps the nonce
 * that the node gives last, and can spoil each part of what it sends.
 */

import { importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { base64url, utf8 } from 'copse/internal/base/bytes.ts';
import type { Json } from 'copse/internal/wire/json.ts';
import { primitives, type Pair } from './people.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON of a node; what is in it is what tests ask
  readonly body: any;
}

/** What differs from a call as it should be. */
export interface Spoilt {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** The whole header `DPoP`; null sends none. */
  readonly proof?: string | null;
  /** The token that the header shows; null sends none. */
  readonly token?: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** The text of the body. */
  readonly text?: string;
}

export interface ProgramOptions {
  readonly origin: string;
  readonly device: Pair;
  readonly wallMs: () => number;
  readonly send: (request: Request) => Promise<Response>;
}

export class HttpProgram {
  readonly #options: ProgramOptions;
  token: Uint8Array | null = null;
  nonce = '';
  #count = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /** A call; once more with the node's nonce when that is what it asks for. */
  async call(name: string, body: Json, spoilt: Spoilt = {}): Promise<HttpAnswer> {
    const answer = await this.once(name, body, spoilt);
    const wantsNonce = answer.body?.error === 'use_dpop_nonce';
    const isOwnProof = spoilt.proof === undefined && spoilt.claims?.['nonce'] === undefined;
    return wantsNonce && isOwnProof ? this.once(name, body, spoilt) : answer;
  }

  async once(name: string, body: Json, spoilt: Spoilt = {}): Promise<HttpAnswer> {
    const { origin, send } = this.#options;
    const url = `${origin}/v1/${name}`;
    const token = spoilt.token === undefined ? this.token : spoilt.token;
    const proof = spoilt.proof === undefined ? await this.prove(url, token, spoilt) : spoilt.proof;
    const method = spoilt.method ?? 'POST';
    const headers = {
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(token === null ? {} : { authorization: `DPoP ${base64url(token)}` }),
      ...(proof === null ? {} : { dpop: proof }),
      ...spoilt.headers,
    };
    const text = spoilt.text ?? JSON.stringify(body);
    const response = await send(
      new Request(url, { method, headers, ...(method === 'POST' ? { body: text } : {}) }),
    );
    this.nonce = response.headers.get('dpop-nonce') ?? this.nonce;
    const answered = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(answered) : answered,
    };
  }

  /** A proof of possession for a call. */
  async prove(url: string, token: Uint8Array | null, spoilt: Spoilt = {}): Promise<string> {
    const { device, wallMs } = this.#options;
    const claims = {
      jti: `proof ${++this.#count} of ${base64url(device.key).slice(0, 8)}`,
      htm: spoilt.method ?? 'POST',
      htu: url,
      iat: Math.floor(wallMs() / 1000),
      nonce: this.nonce,
      ...(token === null ? {} : { ath: base64url(primitives.sha256(utf8(base64url(token)))) }),
      ...spoilt.claims,
    };
    const jwk = publicJwk(device);
    const header = { alg: 'EdDSA', typ: 'dpop+jwt', jwk, ...spoilt.header };
    return new SignJWT(claims).setProtectedHeader(header).sign(await signingKey(device, header.alg));
  }
}

export function publicJwk(device: Pair): JWK {
  return { kty: 'OKP', crv: 'Ed25519', x: base64url(device.key) };
}

export async function signingKey(device: Pair, alg: string): Promise<CryptoKey | Uint8Array> {
  return importJWK({ ...publicJwk(device), d: base64url(device.seed) }, alg);
}
