/** Proofs of possession (SPEC A4): what is signed, by whom, in which domain. */

import { concat, hex } from 'copse/internal/base/bytes.ts';
import {
  admitting,
  connecting,
  looking,
  prove,
  refreshing,
  type Statement,
} from 'copse/internal/capability/possession.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import { device, node, oneTime, otherUser, user } from './cast.ts';
import { Draw, primitives } from './draw.ts';
import type { Json, Vector, VectorFile } from './file.ts';

const draw = new Draw('proofs');
const nonce = draw.bytes(32);
const token = draw.bytes(80);
const guid = draw.bytes(16);

export async function proofs(): Promise<VectorFile> {
  const connect = await vector('connect', device, connecting({ nonce, node: node.publicKey, token }), {
    nonce: hex(nonce),
    node: hex(node.publicKey),
    token: hex(token),
  });
  return {
    path: 'proofs.json',
    about:
      'Short signatures that calls carry. `message` is what follows the prefix of the domain, `parts` are its parts in order.',
    valid: [
      connect,
      await vector('refresh', device, refreshing({ token, guid }), { token: hex(token), guid: hex(guid) }),
      await vector('look', oneTime, looking({ node: node.publicKey, device: device.publicKey }), {
        node: hex(node.publicKey),
        device: hex(device.publicKey),
      }),
      await vector('admit', oneTime, admitting({ user: user.publicKey, node: node.publicKey }), {
        user: hex(user.publicKey),
        node: hex(node.publicKey),
      }),
    ],
    invalid: await wrong(connect),
  };
}

async function vector(
  kind: string,
  by: Identity,
  claim: Statement,
  parts: { readonly [name: string]: Json },
): Promise<Vector> {
  return {
    name: kind,
    kind,
    seed: hex(by.seed),
    key: hex(by.publicKey),
    domain: claim.within.label,
    parts,
    message: hex(claim.message),
    bytes: hex(await prove(primitives, by.seed, claim)),
  };
}

/** The order of the base point (RFC 8032 section 5.1), little-endian: added to S it makes another encoding of it. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Each differs in one thing; none must be accepted as `connect` of the stated parts. */
async function wrong(good: Vector): Promise<readonly Vector[]> {
  const { kind = '', key = '', domain = '', parts = {}, message = '' } = good;
  const claim = connecting({ nonce, node: node.publicKey, token });
  const signature = await prove(primitives, device.seed, claim);
  const changed = (name: string, bytes: Uint8Array, by = key): Vector => {
    return { name, kind, key: by, domain, parts, message, bytes: hex(bytes), fault: 'badProof' };
  };
  const flip = (at: number): Uint8Array => {
    const bytes = signature.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const elsewhere = connecting({ nonce, node: otherUser.publicKey, token });
  const smallOrder = new Uint8Array(32);
  smallOrder[0] = 1;
  return [
    changed('another key', signature, hex(otherUser.publicKey)),
    changed('for another node', await prove(primitives, device.seed, elsewhere)),
    changed(
      'in another domain',
      await prove(primitives, device.seed, { ...claim, within: refreshing({ token, guid }).within }),
    ),
    changed('a flipped bit of R', flip(3)),
    changed('a flipped bit of S', flip(40)),
    changed(
      'S above the order of the group',
      concat(signature.subarray(0, 32), plusOrder(signature.subarray(32))),
    ),
    changed('R and key of small order, S zero', concat(smallOrder, new Uint8Array(32)), hex(smallOrder)),
    changed('no signature', new Uint8Array(64)),
  ];
}

function plusOrder(scalar: Uint8Array): Uint8Array {
  let number = ORDER;
  for (const [i, byte] of scalar.entries()) number += BigInt(byte) << BigInt(8 * i);
  return Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn));
}
