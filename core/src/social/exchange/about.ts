/**
 * What somebody says of somebody else's identity (SPEC Z87): the content of a message of kind `about`, whose name
 * is the key in hex. A map in deterministic CBOR: a name that she has for her, words, addresses, and how sure she is.
 */

import { fromHex, hex } from '../../base/bytes.ts';
import { key, type Key } from '../../base/ids.ts';
import { cborDepthMax, nameBytesMax } from '../../base/limits.ts';
import { aboutNotesBytesMax } from '../../base/limits-exchange.ts';
import { peerContentBytesMax } from '../../base/limits-peer.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../wire/cbor.ts';
import { Fields } from '../../wire/fields.ts';
import type { PeerAddress } from './address.ts';
import { addressesIn, addressList } from './addresses.ts';

/** How sure somebody is that a key is whose it is said to be. */
export const VERDICTS = {
  /** She says nothing of that. */
  none: 0,
  /** The two have compared the digits of their keys. */
  compared: 1,
  /** She knows her, and has not compared. */
  known: 2,
  /** She holds it for somebody else's. */
  doubted: 3,
} as const;
export type Verdict = keyof typeof VERDICTS;

export interface About {
  /** What she calls her; empty: nothing. */
  readonly name: string;
  readonly notes: string;
  readonly addresses: readonly PeerAddress[];
  readonly verdict: Verdict;
}

const FIELD = { name: 1, notes: 2, addresses: 3, verdict: 4 } as const;

export function encodeAbout({ name, notes, addresses, verdict }: About): Uint8Array {
  return encodeCbor(
    new Map<number, Cbor>([
      [FIELD.name, name],
      [FIELD.notes, notes],
      [FIELD.addresses, addressList(addresses)],
      [FIELD.verdict, VERDICTS[verdict]],
    ]),
  );
}

/** Fields that a later version adds are passed over; a verdict that is not known counts as none. */
export function decodeAbout(content: Uint8Array): About {
  const limits = { bytesMax: peerContentBytesMax, depthMax: cborDepthMax };
  const fields = new Fields('a statement about somebody', decodeCbor(content, limits));
  return {
    name: fields.text(FIELD.name, nameBytesMax),
    notes: fields.text(FIELD.notes, aboutNotesBytesMax),
    addresses: addressesIn(fields, FIELD.addresses),
    verdict: verdictOf(fields.uint(FIELD.verdict, 255)),
  };
}

/** The name that a statement about somebody has. */
export function aboutName(of: Key): string {
  return hex(of);
}

/** Of whom a statement is; null where its name is no key. */
export function aboutWhom(name: string): Key | null {
  const bytes = fromHex(name);
  return bytes?.length === publicKeyBytes ? key(bytes) : null;
}

function verdictOf(number: number): Verdict {
  const found = Object.entries(VERDICTS).find(([, value]) => value === number)?.[0];
  return found === 'compared' || found === 'known' || found === 'doubted' ? found : 'none';
}
