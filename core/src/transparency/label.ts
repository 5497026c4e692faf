/**
 * Labels of the leaves of a log (SPEC M5): 32 bytes each, one per e-mail address, claimed name, user and node.
 * Users, names and nodes have labels that anybody computes. The label of an address is a commitment that opens
 * with 32 bytes of the node's for this address alone: who has them and the address checks it, who has not
 * learns nothing from the label, and the opening of one address opens no other.
 */

import { concat, utf8 } from '../base/bytes.ts';
import type { Key } from '../base/ids.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey, hashOf, macOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';

/** SHA-256 in the domain of its kind. */
export type Label = Uint8Array;
export const labelBytes = 32;
export const openingBytes = 32;

const OF_USER = domain('log/label-user');
const OF_NODE = domain('log/label-node');
const OF_NAME = domain('log/label-name');
const OF_EMAIL = domain('log/label-email');
const OPENINGS = domain('log/openings');
const OPENING = domain('log/opening');

export function userLabel(primitives: Primitives, user: Key): Label {
  return hashOf(primitives, OF_USER, user);
}

export function nodeLabel(primitives: Primitives, node: Key): Label {
  return hashOf(primitives, OF_NODE, node);
}

/** Of a namespace and a name in their normal forms, which have no line feed. */
export function nameLabel(primitives: Primitives, namespace: string, name: string): Label {
  return hashOf(primitives, OF_NAME, utf8(`${namespace}\n${name}`));
}

/** Of an address in its normal form, under the opening that its node has for it. */
export function emailLabel(primitives: Primitives, opening: Uint8Array, email: string): Label {
  return hashOf(primitives, OF_EMAIL, concat(opening, utf8(email)));
}

/** The secret of a node from which all its openings come. */
export function openingsSecret(primitives: Primitives, nodeSeed: Uint8Array): Uint8Array {
  return deriveKey(primitives, nodeSeed, OPENINGS);
}

/** The opening of one address. */
export function openingOf(primitives: Primitives, secret: Uint8Array, email: string): Uint8Array {
  return macOf(primitives, secret, OPENING, utf8(email));
}

/**
 * The form in which an address is looked up: trimmed, NFC, lower case. The part before the @ could differ in
 * case by the letter of RFC 5321; no provider of note tells two people apart by it.
 */
export function normalEmail(email: string): string | null {
  const normal = email.trim().normalize('NFC').toLowerCase();
  return /^[^\s@]+@[^\s@]+$/u.test(normal) ? normal : null;
}
