/** What somebody says of herself: the content of a profile, a map in deterministic CBOR. */

import { cborDepthMax } from '../../base/limits.ts';
import { peerContentBytesMax, profileAboutBytesMax } from '../../base/limits-peer.ts';
import { nameBytesMax } from '../../base/limits.ts';
import { decodeCbor, encodeCbor } from '../../wire/cbor.ts';
import { Fields } from '../../wire/fields.ts';
import type { PersonProfile } from './types.ts';

export function encodeProfile({ name, about }: PersonProfile): Uint8Array {
  return encodeCbor(
    new Map([
      [1, name],
      [2, about],
    ]),
  );
}

/** Fields that a later version adds are passed over. */
export function decodeProfile(content: Uint8Array): PersonProfile {
  const limits = { bytesMax: peerContentBytesMax, depthMax: cborDepthMax };
  const fields = new Fields('a profile', decodeCbor(content, limits));
  return { name: fields.text(1, nameBytesMax), about: fields.text(2, profileAboutBytesMax) };
}
