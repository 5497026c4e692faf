/** Operations on the account tree and their chain (SPEC Z11). */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import { AUDIT_GENESIS, auditHash } from 'copse/internal/social/accounts/audit.ts';
import {
  signOperation,
  signReplace,
  type Act,
  type ActKind,
} from 'copse/internal/social/accounts/operation.ts';
import { node, oneTime, otherUser, user } from './cast.ts';
import { Draw, primitives, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const DAY_MS = 86_400_000;
const draw = new Draw('accounts');

interface Signed {
  readonly name: string;
  readonly kind: ActKind;
  readonly by: Identity;
  readonly random: Uint8Array;
  readonly bytes: Uint8Array;
}

export async function accounts(): Promise<VectorFile> {
  const signed = await operations();
  const valid = chained(signed);
  const spoilt = must(signed[1], 'somebody is let in').bytes;
  const last = spoilt.slice();
  last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
  const replaced = must(
    signed.find(({ kind }) => kind === 'replace'),
    'one is replaced',
  ).bytes;
  return {
    path: 'accounts.json',
    about:
      "Operations on the account tree, each counted after the one before: `number` and `atMs` are the node's, `hash` is the chain up to it. A fault of `badProof` means: well-formed, but a signature does not hold.",
    valid,
    invalid: [
      { name: 'a flipped bit of the signature', kind: 'add', bytes: hex(last), fault: 'badProof' },
      { name: 'signed as another kind', kind: 'give', bytes: hex(spoilt), fault: 'badProof' },
      {
        name: 'a removal in the domain of replacing',
        kind: 'remove',
        bytes: hex(replaced),
        fault: 'badProof',
      },
      {
        name: 'a new key that does not agree',
        kind: 'replace',
        bytes: hex(await unwilling()),
        fault: 'badProof',
      },
      { name: 'no bytes', kind: 'add', bytes: '', fault: 'malformed' },
    ],
  };
}

async function operations(): Promise<readonly Signed[]> {
  const made = { name: 'Ada', quota: 1000, bytes: 2 ** 40 };
  const expiresMs = wallMs + 7 * DAY_MS;
  const temporary = { name: 'for Bea', quota: 5, bytes: 2 ** 30, expiresMs };
  const reason = 'Advertising in every thread.';
  const acts: readonly (readonly [string, Identity, Act])[] = [
    [
      'the first admin',
      node,
      { kind: 'issue', key: user.publicKey, ...made, below: node.publicKey, isAdmin: true },
    ],
    ['a link', user, { kind: 'add', key: oneTime.publicKey, ...temporary }],
    ['accounts given on', user, { kind: 'give', to: otherUser.publicKey, count: 3 }],
    ['and taken back', user, { kind: 'take', from: otherUser.publicKey, count: 2 }],
    ['another name', user, { kind: 'name', target: otherUser.publicKey, name: 'Bea' }],
    ['one account removed', user, removal('one', 'keep', '')],
    ['a branch removed, and what it wrote hidden', user, removal('all', 'hide', reason)],
    ['restored', user, { kind: 'restore', target: otherUser.publicKey }],
    ['the key of a reset', node, { kind: 'succeed', from: otherUser.publicKey, to: oneTime.publicKey }],
  ];
  const signed: Signed[] = [];
  for (const [name, by, act] of acts) {
    const random = draw.bytes(16);
    const bytes = await signOperation(
      primitives,
      by.seed,
      { node: node.publicKey, random, atMs: wallMs },
      act,
    );
    signed.push({ name, kind: act.kind, by, random, bytes });
  }
  return [...signed, await replacing()];
}

function removal(extent: 'one' | 'all', content: 'keep' | 'hide', reason: string): Act {
  return { kind: 'remove', target: otherUser.publicKey, extent, content, reason };
}

async function replacing(): Promise<Signed> {
  const random = draw.bytes(16);
  const signing = { node: node.publicKey, random, atMs: wallMs };
  const bytes = await signReplace(primitives, { old: oneTime.seed, next: otherUser.seed }, signing);
  return { name: 'a link taken up', kind: 'replace', by: oneTime, random, bytes };
}

/** The right form, with a consent that is none. */
function unwilling(): Promise<Uint8Array> {
  const signing = { node: node.publicKey, random: draw.bytes(16), atMs: wallMs };
  const act = { kind: 'replace', to: otherUser.publicKey, consent: new Uint8Array(64) } as const;
  return signOperation(primitives, oneTime.seed, signing, act);
}

function chained(signed: readonly Signed[]): readonly Vector[] {
  let before = AUDIT_GENESIS;
  return signed.map(({ name, kind, by, random, bytes }, at) => {
    const link = { number: at + 1, atMs: wallMs + at, bytes };
    before = auditHash(primitives, before, link);
    return {
      name,
      kind,
      seed: hex(by.seed),
      random: hex(random),
      bytes: hex(bytes),
      id: objectId(primitives, bytes),
      number: link.number,
      atMs: link.atMs,
      hash: hex(before),
    };
  });
}
