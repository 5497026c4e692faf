/**
 * The operations on accounts (SPEC Z11): signed objects, each in a domain of its own. Whoever signs says at
 * which node and when; 16 random bytes tell two that say the same from one that is repeated.
 *
 * Fields of the payload after version (1) and signer (2): 3 node · 4 random · 5 time, then
 *
 *   issue    6 key · 7 name · 8 quota · 9 bytes · 10 below (key; the node's own: below the node) · 11 acts for the node (0, 1)
 *   add      6 key · 7 name · 8 quota · 9 bytes · 10 when it ends unless it is replaced (0: never)
 *   give     6 to · 7 count
 *   take     6 from · 7 count
 *   name     6 target · 7 name
 *   replace  6 new key · 7 consent: by the new key, over node, old key, new key and the random bytes
 *   succeed  6 old key · 7 new key; by the node, which has seen to it that they are one person
 *   remove   6 target · 7 extent (0 one, 1 all) · 8 content (0 keep, 1 hide) · 9 reason
 *   restore  6 target
 */

import { Fault } from '../../base/fault.ts';
import { key as keyOf, type Key } from '../../base/ids.ts';
import { nameBytesMax } from '../../base/limits.ts';
import { accountBytesMax, accountQuotaMax, accountReasonBytesMax } from '../../base/limits-accounts.ts';
import { openObject, signObject, type ObjectId } from '../../capability/cose.ts';
import { isProven, prove, type Statement } from '../../capability/possession.ts';
import { concat } from '../../base/bytes.ts';
import { domain, type Domain } from '../../crypto/domain.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes, signatureBytes } from '../../crypto/sign.ts';
import type { Cbor } from '../../wire/cbor.ts';
import type { Fields } from '../../wire/fields.ts';
import type { Content, Extent } from './account.ts';

export type Act =
  | {
      readonly kind: 'issue';
      readonly key: Key;
      readonly name: string;
      readonly quota: number;
      readonly bytes: number;
      readonly below: Key;
      readonly isAdmin: boolean;
    }
  | {
      readonly kind: 'add';
      readonly key: Key;
      readonly name: string;
      readonly quota: number;
      readonly bytes: number;
      readonly expiresMs: number;
    }
  | { readonly kind: 'give'; readonly to: Key; readonly count: number }
  | { readonly kind: 'take'; readonly from: Key; readonly count: number }
  | { readonly kind: 'name'; readonly target: Key; readonly name: string }
  | { readonly kind: 'replace'; readonly to: Key; readonly consent: Uint8Array }
  | { readonly kind: 'succeed'; readonly from: Key; readonly to: Key }
  | {
      readonly kind: 'remove';
      readonly target: Key;
      readonly extent: Extent;
      readonly content: Content;
      readonly reason: string;
    }
  | { readonly kind: 'restore'; readonly target: Key };

export type ActKind = Act['kind'];

export interface Operation {
  readonly id: ObjectId;
  readonly signer: Key;
  readonly node: Key;
  readonly atMs: number;
  readonly act: Act;
}

/** What signing takes beside the act. */
export interface Signing {
  readonly node: Key;
  /** 16 random bytes. */
  readonly random: Uint8Array;
  readonly atMs: number;
}

const RANDOM_BYTES = 16;

const ISSUE = domain('account/issue');
const ADD = domain('account/add');
const GIVE = domain('account/give');
const TAKE = domain('account/take');
const NAME = domain('account/name');
const REPLACE = domain('account/replace');
const SUCCEED = domain('account/succeed');
const REMOVE = domain('account/remove');
const RESTORE = domain('account/restore');
const CONSENT = domain('account/consent');
const LOOK = domain('account/look');

const DOMAIN_BY_KIND: Readonly<Record<ActKind, Domain>> = {
  issue: ISSUE,
  add: ADD,
  give: GIVE,
  take: TAKE,
  name: NAME,
  replace: REPLACE,
  succeed: SUCCEED,
  remove: REMOVE,
  restore: RESTORE,
};

/** The operation, signed by the seed's key. */
export function signOperation(
  primitives: Primitives,
  seed: Uint8Array,
  { node, random, atMs }: Signing,
  act: Act,
): Promise<Uint8Array> {
  const fields: (readonly [number, Cbor])[] = [[3, node], [4, random], [5, atMs], ...fieldsOf(act)];
  return signObject(primitives, DOMAIN_BY_KIND[act.kind], seed, fields);
}

/** The seed's account goes over to the key of another seed, which agrees. */
export async function signReplace(
  primitives: Primitives,
  seeds: { readonly old: Uint8Array; readonly next: Uint8Array },
  signing: Signing,
): Promise<Uint8Array> {
  const old = keyOf(await primitives.ed25519PublicKey(seeds.old));
  const to = keyOf(await primitives.ed25519PublicKey(seeds.next));
  const claim = consenting({ node: signing.node, old, to, random: signing.random });
  const consent = await prove(primitives, seeds.next, claim);
  return signOperation(primitives, seeds.old, signing, { kind: 'replace', to, consent });
}

/** Which key has the account no longer once this is done; null: it does not change hands. */
export function formerKeyOf(act: Act, signer: Key): Key | null {
  if (act.kind === 'replace') return signer;
  return act.kind === 'succeed' ? act.from : null;
}

/** By the new key: the account of the old one becomes mine. */
function consenting(parts: { node: Key; old: Key; to: Key; random: Uint8Array }): Statement {
  return { within: CONSENT, message: concat(parts.node, parts.old, parts.to, parts.random) };
}

/** By the key of an account: tell this device what has become of it. */
export function lookingAt(parts: { readonly node: Key; readonly device: Key }): Statement {
  return { within: LOOK, message: concat(parts.node, parts.device) };
}

/** The operation of that kind in `bytes`; `badProof` when a signature does not hold, `malformed` when it is none. */
export async function openOperation(
  primitives: Primitives,
  kind: ActKind,
  bytes: Uint8Array,
): Promise<Operation> {
  const object = await openObject(primitives, DOMAIN_BY_KIND[kind], bytes);
  if (object === null) throw new Fault('badProof', 'the signature of the operation');
  const { id, signer, fields } = object;
  const node = keyOf(fields.bytes(3, publicKeyBytes));
  const random = fields.bytes(4, RANDOM_BYTES);
  const atMs = fields.uint(5);
  const act = actIn(kind, fields);
  fields.done();
  if (act.kind === 'replace') {
    const claim = consenting({ node, old: signer, to: act.to, random });
    if (!(await isProven(primitives, act.to, claim, act.consent)))
      throw new Fault('badProof', 'the new key does not agree');
  }
  return { id, signer, node, atMs, act };
}

function fieldsOf(act: Act): readonly (readonly [number, Cbor])[] {
  switch (act.kind) {
    case 'issue':
      return [...newAccount(act), [10, act.below], [11, act.isAdmin ? 1 : 0]];
    case 'add':
      return [...newAccount(act), [10, act.expiresMs]];
    case 'give':
      return [
        [6, act.to],
        [7, act.count],
      ];
    case 'take':
      return [
        [6, act.from],
        [7, act.count],
      ];
    case 'name':
      return [
        [6, act.target],
        [7, act.name],
      ];
    case 'replace':
      return [
        [6, act.to],
        [7, act.consent],
      ];
    case 'succeed':
      return [
        [6, act.from],
        [7, act.to],
      ];
    case 'remove':
      return [
        [6, act.target],
        [7, act.extent === 'all' ? 1 : 0],
        [8, act.content === 'hide' ? 1 : 0],
        [9, act.reason],
      ];
    case 'restore':
      return [[6, act.target]];
  }
}

function newAccount(act: Act & { kind: 'issue' | 'add' }): readonly (readonly [number, Cbor])[] {
  return [
    [6, act.key],
    [7, act.name],
    [8, act.quota],
    [9, act.bytes],
  ];
}

function actIn(kind: ActKind, fields: Fields): Act {
  const keyAt = (field: number): Key => keyOf(fields.bytes(field, publicKeyBytes));
  const name = (): string => fields.text(7, nameBytesMax);
  const count = (): number => fields.uint(7, accountQuotaMax);
  const made = () => ({
    key: keyAt(6),
    name: name(),
    quota: fields.uint(8, accountQuotaMax),
    bytes: fields.uint(9, accountBytesMax),
  });
  switch (kind) {
    case 'issue':
      return { kind, ...made(), below: keyAt(10), isAdmin: fields.uint(11, 1) === 1 };
    case 'add':
      return { kind, ...made(), expiresMs: fields.uint(10) };
    case 'give':
      return { kind, to: keyAt(6), count: count() };
    case 'take':
      return { kind, from: keyAt(6), count: count() };
    case 'name':
      return { kind, target: keyAt(6), name: name() };
    case 'replace':
      return { kind, to: keyAt(6), consent: fields.bytes(7, signatureBytes) };
    case 'succeed':
      return { kind, from: keyAt(6), to: keyAt(7) };
    case 'remove':
      return {
        kind,
        target: keyAt(6),
        extent: fields.uint(7, 1) === 1 ? 'all' : 'one',
        content: fields.uint(8, 1) === 1 ? 'hide' : 'keep',
        reason: fields.text(9, accountReasonBytesMax),
      };
    case 'restore':
      return { kind, target: keyAt(6) };
  }
}
