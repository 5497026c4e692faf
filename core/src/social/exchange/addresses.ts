/**
 * Where somebody publishes and where she is reached (SPEC Z82): the content of a message of kind `addresses`, a
 * map in deterministic CBOR with the addresses as text. The first is the one that she likes best.
 */

import { cborDepthMax } from '../../base/limits.ts';
import { Fault } from '../../base/fault.ts';
import { peerAddressBytesMax, peerAddressesMax } from '../../base/limits-exchange.ts';
import { peerContentBytesMax } from '../../base/limits-peer.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../wire/cbor.ts';
import { Fields } from '../../wire/fields.ts';
import { readPeerAddress, writePeerAddress, type PeerAddress } from './address.ts';

export interface PersonAddresses {
  /** Nodes where she publishes. */
  readonly outbox: readonly PeerAddress[];
  /** Nodes where mentions find her. */
  readonly inbox: readonly PeerAddress[];
}

const FIELD = { outbox: 1, inbox: 2 } as const;

export function encodeAddresses({ outbox, inbox }: PersonAddresses): Uint8Array {
  return encodeCbor(
    new Map([
      [FIELD.outbox, addressList(outbox)],
      [FIELD.inbox, addressList(inbox)],
    ]),
  );
}

/** Fields that a later version adds are passed over, and so are addresses of a form that is not known. */
export function decodeAddresses(content: Uint8Array): PersonAddresses {
  const limits = { bytesMax: peerContentBytesMax, depthMax: cborDepthMax };
  const fields = new Fields('addresses', decodeCbor(content, limits));
  return { outbox: addressesIn(fields, FIELD.outbox), inbox: addressesIn(fields, FIELD.inbox) };
}

/** Addresses as they stand in a message; more than may be is `tooLarge`. */
export function addressList(addresses: readonly PeerAddress[]): readonly string[] {
  if (addresses.length > peerAddressesMax)
    throw new Fault('tooLarge', `one names at most ${peerAddressesMax} addresses`);
  return addresses.map(writePeerAddress);
}

export function addressesIn(fields: Fields, field: number): readonly PeerAddress[] {
  return fields.list(field, peerAddressesMax).flatMap((item) => knownAddress(item));
}

function knownAddress(item: Cbor): readonly PeerAddress[] {
  if (typeof item !== 'string' || item.length > peerAddressBytesMax)
    throw new Fault('malformed', `addresses: one is a text of at most ${peerAddressBytesMax} bytes`);
  try {
    return [readPeerAddress(item)];
  } catch {
    return [];
  }
}
