/**
 * The recovery card: everything about a recovery that must be the same for all its realms and that none of
 * them may choose (SPEC P3, P4). Signed by the user's recovery key, whose fingerprint is in her code, and
 * sealed under the code: a realm can neither read the card nor change it, and who holds the code alone can
 * read it but not make another. So no realm hands out a key, a threshold, a cost or a share of its choice.
 *
 * A sealed card has one size, and bytes that look like any others.
 */

import { assert } from '../base/assert.ts';
import { concat, equal, hex, NO_BYTES } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import {
  recoveryCardBytes,
  recoveryPayloadBytesMax,
  recoveryRealmsMax,
  recoveryTriesMax,
  recoveryUrlBytesMax,
  stretchCostLogMax,
  stretchCostLogMin,
} from '../base/limits.ts';
import { open, seal, sealOverheadBytes } from '../crypto/aead.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { sign, verify } from '../crypto/sign.ts';
import { list, struct } from '../wire/compound.ts';
import { bytes, decode, encode, fixed, text, uint, type Of } from '../wire/shape.ts';
import { rootOf, signerOf, type RecoveryCode, type RecoveryKeys } from './recovery-code.ts';

const CARD = domain('recovery/card');
const CARD_KEY = domain('recovery/card-key');

/** A sealed card, padded. */
export const sealedCardBytes = recoveryCardBytes + sealOverheadBytes;

const realmShape = struct({
  url: text(recoveryUrlBytesMax).about('Where the node is.'),
  node: fixed(32).about('Its key.'),
  publicKey: fixed(32).about('Of its evaluations.'),
  masked: fixed(32).about('Share of the unlocking secret, masked with its output.'),
  commitment: fixed(32).about('MAC of the share that it gives back when it is unlocked.'),
});
export type CardRealm = Of<typeof realmShape>;

const cardShape = struct({
  version: fixed(16).about('Random: names this registration in everything that is derived for it.'),
  madeMs: uint().about('When; a newer card replaces an older one.'),
  threshold: uint(recoveryRealmsMax).about('So many realms are needed.'),
  triesMax: uint(recoveryTriesMax).about('Wrong guesses after which a realm destroys its share.'),
  salt: fixed(16),
  costLog: uint(stretchCostLogMax).about('Logarithm of N of scrypt.'),
  check: fixed(32).about('Says whether the unlocking secret is the right one.'),
  realms: list(realmShape, recoveryRealmsMax),
  sealed: bytes(recoveryPayloadBytesMax + sealOverheadBytes).about('What is given back.'),
});
export type Card = Of<typeof cardShape>;

const paperShape = struct({
  publicKey: fixed(32).about('The recovery key.'),
  signature: fixed(64),
  body: bytes(recoveryCardBytes - 32 - 64 - 3).about('The card.'),
});

/** Signs, pads and seals a card. */
export async function sealCard(
  primitives: Primitives,
  env: Env,
  keys: RecoveryKeys,
  card: Card,
): Promise<Uint8Array> {
  const body = encode(cardShape, card);
  const signature = await sign(primitives, keys.seed, CARD, body);
  const paper = encode(paperShape, { publicKey: keys.publicKey, signature, body });
  assert(paper.length + 2 <= recoveryCardBytes, 'a card fits');
  const padded = new Uint8Array(recoveryCardBytes);
  padded.set([paper.length >> 8, paper.length & 255]);
  padded.set(paper, 2);
  return seal(primitives, env, cardKey(primitives, keys.code), padded);
}

/** The card, or null when it is not by the user of this code. */
export async function openCard(
  primitives: Primitives,
  code: RecoveryCode,
  sealed: Uint8Array,
): Promise<Card | null> {
  if (sealed.length !== sealedCardBytes) return null;
  const padded = open(primitives, cardKey(primitives, code), sealed);
  if (padded === null) return null;
  try {
    const size = ((padded[0] ?? 0) << 8) | (padded[1] ?? 0);
    const paper = decode(paperShape, padded.subarray(2, 2 + size));
    if (!equal(signerOf(primitives, paper.publicKey), code.signer)) return null;
    if (!(await verify(primitives, paper.publicKey, CARD, paper.body, paper.signature))) return null;
    // Views into the message would keep it, and the caller must be free to wipe it.
    const card = decode(cardShape, concat(paper.body));
    return isSound(card) ? card : null;
  } catch (thrown) {
    if (thrown instanceof Fault) return null;
    throw thrown;
  }
}

/** What `makeRecovery` makes; the user's own mistake otherwise, or that of another program of hers. */
function isSound({ threshold, realms, costLog }: Card): boolean {
  const nodes = new Set(realms.map(({ node }) => hex(node)));
  return (
    threshold >= 2 &&
    threshold <= realms.length &&
    nodes.size === realms.length &&
    costLog >= stretchCostLogMin
  );
}

function cardKey(primitives: Primitives, code: RecoveryCode) {
  return { key: deriveKey(primitives, rootOf(code), CARD_KEY), associated: NO_BYTES };
}
