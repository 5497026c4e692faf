/**
 * Flights of somebody who knows the keys of the handshake and lies inside them: sealed as they should be,
 * with proofs that do not hold or a blessing that does not count (SPEC H1, H2, H4, H5).
 */

import { concat } from 'copse/internal/base/bytes.ts';
import { bless, type BlessingTerms } from 'copse/internal/capability/blessing.ts';
import { macOf } from 'copse/internal/crypto/hash.ts';
import {
  clientRole,
  prove,
  sealFlight,
  serverRole,
  type Identity,
  type Role,
} from 'copse/internal/social/handshake-keys.ts';
import { encodeLoginAnswer, encodeProof, type IdentityProof } from 'copse/internal/social/handshake.ts';
import { device, node, otherUser, user } from './cast.ts';
import { primitives, wallMs } from './draw.ts';
import { derive, flipped, type Derived, type Flights, type Setting } from './handshake-sides.ts';
import type { Row } from './handshake-spoilt.ts';
import { terms } from './objects.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export async function craftedFlights(of: Setting, flights: Flights): Promise<readonly Row[]> {
  const known = await derive(of, flights);
  return [...(await challenges(of, known)), ...(await responses(of, known))];
}

async function challenges(of: Setting, known: Derived): Promise<readonly Row[]> {
  const { keys, serverKey, h1, h2 } = known;
  const by = (who: Identity, role: Role, transcript = h1): Promise<IdentityProof> =>
    prove(primitives, role, who, { transcript, macKey: keys.serverMac, extra: of.terms });
  const row = (name: string, proof: IdentityProof, fault: Row[3]): Row => {
    const sealed = sealFlight(primitives, keys.challenge, encodeProof(proof));
    return [
      'loginChallenge',
      name,
      encodeLoginAnswer({ kind: 'challenge', oneTimeKey: serverKey, sealed }),
      fault,
    ];
  };
  const good = await by(node, serverRole);
  return [
    row('by another node', await by(otherUser, serverRole), 'wrongPeer'),
    row(
      'by another node under the expected key',
      { ...(await by(otherUser, serverRole)), publicKey: node.publicKey },
      'badProof',
    ),
    row("in the device's role", await by(node, clientRole), 'badProof'),
    row('over another transcript', await by(node, serverRole, h2), 'badProof'),
    row('a flipped bit of the signature', resigned(good, serverRole, keys.serverMac), 'badProof'),
    row('a flipped bit of the MAC', { ...good, mac: flipped(good.mac, 0) }, 'badProof'),
  ];
}

async function responses(of: Setting, known: Derived): Promise<readonly Row[]> {
  const { keys, h1, h2 } = known;
  const ours = concat(h2, node.publicKey);
  const by = (
    role: Role,
    transcript: Uint8Array,
    extra = of.blessing ?? new Uint8Array(0),
  ): Promise<IdentityProof> => prove(primitives, role, device, { transcript, macKey: keys.clientMac, extra });
  const row = (name: string, proof: IdentityProof, fault: Row[3]): Row => {
    return ['loginResponse', name, sealFlight(primitives, keys.response, encodeProof(proof)), fault];
  };
  const blessed = async (part: Partial<BlessingTerms>): Promise<IdentityProof> =>
    by(clientRole, ours, await bless(primitives, user.seed, { ...terms, ...part }));
  const good = await by(clientRole, ours);
  const past = { issuedMs: wallMs - 2 * DAY_MS, expiresMs: wallMs - DAY_MS };
  const future = { issuedMs: wallMs + HOUR_MS, expiresMs: wallMs + DAY_MS };
  return [
    row("in the node's role", await by(serverRole, ours), 'badProof'),
    row('over another transcript', await by(clientRole, concat(h1, node.publicKey)), 'badProof'),
    row('for another node', await by(clientRole, concat(h2, otherUser.publicKey)), 'badProof'),
    row('a flipped bit of the signature', resigned(good, clientRole, keys.clientMac), 'badProof'),
    row('a flipped bit of the MAC', { ...good, mac: flipped(good.mac, 0) }, 'badProof'),
    row('a blessing of another device', await blessed({ device: otherUser.publicKey }), 'badProof'),
    row('a blessing for another node', await blessed({ audience: otherUser.publicKey }), 'badProof'),
    row('a blessing that has expired', await blessed(past), 'expired'),
    row('a blessing from the future', await blessed(future), 'badProof'),
    row('a blessing that is none', await by(clientRole, ours, Uint8Array.of(1)), 'badProof'),
  ];
}

/** Another signature, with the MAC that belongs to it. */
function resigned(proof: IdentityProof, role: Role, macKey: Uint8Array): IdentityProof {
  const signature = flipped(proof.signature, 40);
  const mac = macOf(primitives, macKey, role.authenticated, concat(proof.publicKey, signature));
  return { ...proof, signature, mac };
}
