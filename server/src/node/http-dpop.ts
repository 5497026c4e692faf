/**
 * Proofs of possession over HTTP: DPoP (RFC 9449) with the device's Ed25519 key. The package `jose` reads the
 * JWS and its key; what may be a key or signature at all is decided by the rule that holds everywhere (SPEC
 * C1), and every check of RFC 9449 section 4.3 is here, the dearest last. Nothing in a proof chooses how it is
 * verified: one algorithm, under its two names (RFC 8037, RFC 9864).
 */

import { EmbeddedJWK, errors, jwtVerify, type JWTPayload } from 'jose';
import { base64url, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { clockSkewMs, dpopNameBytesMax, dpopProofBytesMax } from 'copse/internal/base/limits.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { isStrictPublicKey, isStrictSignature } from 'copse/internal/crypto/sign.ts';
import type { Nonces } from './http-nonce.ts';

export const dpopAlgorithms = ['EdDSA', 'Ed25519'];

export interface DpopUse {
  readonly method: string;
  /** The addresses by which this call may be known, without query and fragment. */
  readonly urls: readonly string[];
  /** The text of the token that the proof is for, or null when the call shows none. */
  readonly token: string | null;
  readonly wallMs: number;
}

export type DpopAnswer =
  /** `name` is the proof's own; whoever uses the proof sees that it is used once. */
  | { readonly kind: 'ok'; readonly device: Key; readonly name: string }
  | { readonly kind: 'refused'; readonly error: DpopError; readonly why: string };

/** RFC 9449 sections 5, 7.1 and 8. */
export type DpopError = 'invalid_dpop_proof' | 'use_dpop_nonce';

export class DpopDesk {
  readonly #primitives: Primitives;
  readonly #nonces: Nonces;

  constructor(primitives: Primitives, nonces: Nonces) {
    this.#primitives = primitives;
    this.#nonces = nonces;
  }

  async check(proof: string | null, use: DpopUse): Promise<DpopAnswer> {
    if (proof === null) return refused('the header `DPoP` is missing');
    if (proof.length > dpopProofBytesMax) return refused('it is too long');
    const parts = partsOf(proof);
    if (parts === null) return refused('it is no JWS of an Ed25519 key');
    if (!isStrictPublicKey(parts.key) || !isStrictSignature(parts.signature))
      return refused('its key or signature is not valid');
    const opened = await open(proof, use.wallMs);
    if (typeof opened === 'string') return refused(opened);
    const why = this.#mismatch(opened, use);
    if (why !== null) return refused(why);
    const { nonce, jti } = opened;
    if (typeof nonce !== 'string' || !this.#nonces.isFresh(nonce))
      return { kind: 'refused', error: 'use_dpop_nonce', why: 'it needs the nonce of this node' };
    return { kind: 'ok', device: key(parts.key), name: String(jti) };
  }

  /** What in the claims is not of this call, or null. */
  #mismatch(claims: JWTPayload, use: DpopUse): string | null {
    const { jti, htm, htu, iat, ath } = claims;
    if (typeof jti !== 'string' || jti === '' || utf8(jti).length > dpopNameBytesMax)
      return '`jti` is its name, of at most 128 bytes';
    if (htm !== use.method) return '`htm` is another method';
    if (typeof htu !== 'string' || !use.urls.includes(withoutQuery(htu))) return '`htu` is another address';
    if (typeof iat !== 'number' || !(Math.abs(use.wallMs - iat * 1000) <= clockSkewMs))
      return '`iat` is not now';
    const expected = use.token === null ? undefined : this.#hashOf(use.token);
    return ath === expected ? null : '`ath` is of another token';
  }

  #hashOf(token: string): string {
    return base64url(this.#primitives.sha256(utf8(token)));
  }
}

function refused(why: string): DpopAnswer {
  return { kind: 'refused', error: 'invalid_dpop_proof', why };
}

/** What the rule of validity looks at; null unless the header names an Ed25519 key and nothing private. */
function partsOf(proof: string): { readonly key: Uint8Array; readonly signature: Uint8Array } | null {
  const [header = '', , signatureText = '', ...rest] = proof.split('.');
  const [bytes, signature] = [fromBase64url(header), fromBase64url(signatureText)];
  if (rest.length > 0 || bytes === null || signature === null) return null;
  const jwk = jwkOf(bytes);
  if (jwk?.kty !== 'OKP' || jwk.crv !== 'Ed25519' || jwk.d !== undefined) return null;
  const x = typeof jwk.x === 'string' ? fromBase64url(jwk.x) : null;
  return x === null ? null : { key: x, signature };
}

interface Jwk {
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly x?: unknown;
  readonly d?: unknown;
}

function jwkOf(header: Uint8Array): Jwk | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(header));
    if (typeof parsed !== 'object' || parsed === null || !('jwk' in parsed)) return null;
    const { jwk } = parsed;
    return typeof jwk === 'object' && jwk !== null ? jwk : null;
  } catch {
    return null;
  }
}

/** The claims, or what is wrong with the JWS. */
async function open(proof: string, wallMs: number): Promise<JWTPayload | string> {
  try {
    const { payload } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: dpopAlgorithms,
      typ: 'dpop+jwt',
      requiredClaims: ['jti', 'htm', 'htu', 'iat'],
      currentDate: new Date(wallMs),
      clockTolerance: clockSkewMs / 1000,
    });
    return payload;
  } catch (thrown) {
    return thrown instanceof errors.JOSEError ? thrown.code : 'it cannot be read';
  }
}

/** The address without query and fragment, normalised (RFC 9449 section 4.3, item 9); empty when it is none. */
function withoutQuery(address: string): string {
  const url = URL.parse(address);
  return url === null ? '' : `${url.origin}${url.pathname}`;
}
