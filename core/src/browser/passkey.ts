/**
 * Passkeys as openers of a lock (SPEC D8): the PRF extension of WebAuthn answers the same 32 bytes for the same
 * salt, and only after the person was verified. Nothing of it goes to a node. Not every browser and authenticator
 * has it; where it is missing the answer is null, and a passphrase does instead.
 */

import { base64url } from '../base/bytes.ts';
import type { LockWay, Opener } from '../client/keep-lock.ts';

type PasskeyOpener = Opener & { readonly kind: 'passkey' };
type PasskeyWay = LockWay & { readonly kind: 'passkey' };

const SALT_BYTES = 32;
const CHALLENGE_BYTES = 32;
/** Ed25519, P-256 and RSA, as authenticators have one of them; the signature is of no use here. */
const ALGORITHMS = [-8, -7, -257] as const;

/** Whether asking makes sense. */
export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis && 'credentials' in navigator;
}

/** Makes a passkey for this device; null when it cannot answer, or the person does not want to. */
export async function makePasskey(name: string): Promise<PasskeyOpener | null> {
  const salt = random(SALT_BYTES);
  const made = await navigator.credentials
    .create({
      publicKey: {
        challenge: random(CHALLENGE_BYTES),
        rp: { name: 'copse' },
        user: { id: random(16), name, displayName: name },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' },
        extensions: { prf: { eval: { first: salt } } },
      },
    })
    .catch(() => null);
  if (!(made instanceof PublicKeyCredential)) return null;
  const credential = new Uint8Array(made.rawId);
  const { prf } = made.getClientExtensionResults();
  if (prf?.results?.first !== undefined) {
    return { kind: 'passkey', credential, salt, answer: bytesOf(prf.results.first) };
  }
  // Many answer only when they are asked for the second time.
  return prf?.enabled === true ? ask([{ credential, salt }]) : null;
}

/** Asks the passkeys of a lock; null when none answers. */
export function askPasskey(ways: readonly LockWay[]): Promise<PasskeyOpener | null> {
  return ask(ways.filter((way): way is PasskeyWay => way.kind === 'passkey'));
}

async function ask(ways: readonly Pick<PasskeyWay, 'credential' | 'salt'>[]): Promise<PasskeyOpener | null> {
  const [first] = ways;
  if (first === undefined) return null;
  const evalByCredential = Object.fromEntries(
    ways.map(({ credential, salt }) => [base64url(credential), { first: new Uint8Array(salt) }]),
  );
  const got = await navigator.credentials
    .get({
      publicKey: {
        challenge: random(CHALLENGE_BYTES),
        allowCredentials: ways.map(({ credential }) => ({
          type: 'public-key',
          id: new Uint8Array(credential),
        })),
        userVerification: 'required',
        extensions: { prf: { evalByCredential } },
      },
    })
    .catch(() => null);
  if (!(got instanceof PublicKeyCredential)) return null;
  const answer = got.getClientExtensionResults().prf?.results?.first;
  const id = base64url(new Uint8Array(got.rawId));
  const way = ways.find(({ credential }) => base64url(credential) === id);
  if (answer === undefined || way === undefined) return null;
  return { kind: 'passkey', credential: way.credential, salt: way.salt, answer: bytesOf(answer) };
}

function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}

function random(size: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(size));
}
