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

export function craftedFlights(of: Setting, flights: Flights): readonly Row[] {
  const known = derive(of, flights);
  return [...challenges(of, known), ...responses(of, known)];
}

function challenges(of: Setting, known: Derived): readonly Row[] {
  const { keys, serverKey, h1, h2 } = known;
  const by = (who: Identity, role: Role, transcript = h1): IdentityProof =>
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
  const good = by(node, serverRole);
  return [
    row('by another node', by(otherUser, serverRole), 'wrongPeer'),
    row(
      'by another node under the expected key',
      { ...by(otherUser, serverRole), publicKey: node.publicKey },
      'badProof',
    ),
    row("in the device's role", by(node, clientRole), 'badProof'),
    row('over another transcript', by(node, serverRole, h2), 'badProof'),
    row('a flipped bit of the signature', resigned(good, serverRole, keys.serverMac), 'badProof'),
    row('a flipped bit of the MAC', { ...good, mac: flipped(good.mac, 0) }, 'badProof'),
  ];
}

function responses(of: Setting, known: Derived): readonly Row[] {
  const { keys, h1, h2 } = known;
  const ours = concat(h2, node.publicKey);
  const by = (role: Role, transcript: Uint8Array, extra = of.blessing ?? new Uint8Array(0)): IdentityProof =>
    prove(primitives, role, device, { transcript, macKey: keys.clientMac, extra });
  const row = (name: string, proof: IdentityProof, fault: Row[3]): Row => {
    return ['loginResponse', name, sealFlight(primitives, keys.response, encodeProof(proof)), fault];
  };
  const blessed = (part: Partial<BlessingTerms>): IdentityProof =>
    by(clientRole, ours, bless(primitives, user.seed, { ...terms, ...part }));
  const good = by(clientRole, ours);
  const past = { issuedMs: wallMs - 2 * DAY_MS, expiresMs: wallMs - DAY_MS };
  const future = { issuedMs: wallMs + HOUR_MS, expiresMs: wallMs + DAY_MS };
  return [
    row("in the node's role", by(serverRole, ours), 'badProof'),
    row('over another transcript', by(clientRole, concat(h1, node.publicKey)), 'badProof'),
    row('for another node', by(clientRole, concat(h2, otherUser.publicKey)), 'badProof'),
    row('a flipped bit of the signature', resigned(good, clientRole, keys.clientMac), 'badProof'),
    row('a flipped bit of the MAC', { ...good, mac: flipped(good.mac, 0) }, 'badProof'),
    row('a blessing of another device', blessed({ device: otherUser.publicKey }), 'badProof'),
    row('a blessing for another node', blessed({ audience: otherUser.publicKey }), 'badProof'),
    row('a blessing that has expired', blessed(past), 'expired'),
    row('a blessing from the future', blessed(future), 'badProof'),
    row('a blessing that is none', by(clientRole, ours, Uint8Array.of(1)), 'badProof'),
  ];
}

/** Another signature, with the MAC that belongs to it. */
function resigned(proof: IdentityProof, role: Role, macKey: Uint8Array): IdentityProof {
  const signature = flipped(proof.signature, 40);
  const mac = macOf(primitives, macKey, role.authenticated, concat(proof.publicKey, signature));
  return { ...proof, signature, mac };
}
