import { deepEqual, equal, notDeepEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';

import { equal as sameBytes, utf8 } from '../base/bytes.ts';
import { key } from '../base/ids.ts';
import { signObject } from '../capability/cose.ts';
import { domain } from '../crypto/domain.ts';
import { nativePrimitives } from '../native/primitives.ts';
import {
  emailLabel,
  nameLabel,
  nodeLabel,
  normalEmail,
  openingOf,
  openingsSecret,
  userLabel,
} from './label.ts';
import { openLeaf, writeLeaf, type LabelLink, type Leaf, type LeafBody } from './leaf.ts';

const primitives = nativePrimitives();
const seed = new Uint8Array(32).fill(1);
const node = key(await primitives.ed25519PublicKey(seed));
const user = key(new Uint8Array(32).fill(5));
const device = key(new Uint8Array(32).fill(6));
const email = emailLabel(primitives, new Uint8Array(32).fill(7), 'ada@example.org');
const first = (label: Uint8Array): LabelLink => ({ label, previous: null, count: 1 });
const ofUser = first(userLabel(primitives, user));

const BODIES: readonly (readonly [LeafBody, readonly LabelLink[]])[] = [
  [{ kind: 'statement', user, device, method: 'oidc https://id.example' }, [first(email), ofUser]],
  [{ kind: 'withdrawal', user, statement: 3 }, [{ label: email, previous: 3, count: 2 }, ofUser]],
  [
    { kind: 'claim', user, namespace: 'people', name: 'ada', number: 1 },
    [first(nameLabel(primitives, 'people', 'ada')), { ...ofUser, previous: 0, count: 2 }],
  ],
  [{ kind: 'keyChange', user, object: Uint8Array.of(1, 2) }, [ofUser]],
  [{ kind: 'nodeRevoked', node, successor: null }, [first(nodeLabel(primitives, node))]],
  [{ kind: 'nodeRevoked', node, successor: user }, [first(nodeLabel(primitives, node))]],
];

test('[M5] every kind of leaf is read as it was written, and only by its bytes', async () => {
  for (const [body, links] of BODIES) {
    const leaf: Leaf = { node, links, timeMs: 1_800_000_000_000, body };
    const bytes = await writeLeaf(primitives, seed, leaf);
    deepEqual(await openLeaf(primitives, bytes), leaf);
    for (const at of [bytes.length - 1, bytes.length - 80]) {
      const altered = bytes.with(at, (bytes[at] ?? 0) ^ 1);
      const opened = await openLeaf(primitives, altered).catch(() => null);
      equal(opened, null, `${body.kind}, byte ${at}`);
    }
  }
});

test('[M5] a leaf under labels that are not its own is malformed', async () => {
  const [statement, claim, change] = [BODIES[0], BODIES[2], BODIES[3]];
  for (const [body, links] of [statement, claim, change].map((each) => each ?? BODIES[4] ?? [])) {
    if (body === undefined || links === undefined) throw new Error('a case');
    const foreign = links.map((link) => ({ ...link, label: userLabel(primitives, device) }));
    for (const wrong of [foreign, links.slice(1), [...links, ...links].slice(0, 3 - links.length), []]) {
      if (wrong.length === links.length && wrong !== foreign) continue;
      const bytes = await writeLeaf(primitives, seed, { links: wrong, timeMs: 1, body });
      await rejects(openLeaf(primitives, bytes), { code: 'malformed' });
    }
  }
  const [body, links] = BODIES[3] ?? [];
  if (body === undefined || links === undefined) throw new Error('a case');
  for (const wrong of [
    { ...ofUser, previous: 1 },
    { ...ofUser, count: 2 },
  ]) {
    const bytes = await writeLeaf(primitives, seed, { links: [wrong], timeMs: 1, body });
    await rejects(openLeaf(primitives, bytes), { code: 'malformed' });
  }
});

test('[M5] an object of another kind is no leaf', async () => {
  const other = await signObject(primitives, domain('test/other'), seed, [[3, 0]]);
  equal(await openLeaf(primitives, other), null);
});

test('[M11] an address is hidden by an opening of its own, which the node makes from its secret', () => {
  const secret = openingsSecret(primitives, seed);
  const opening = openingOf(primitives, secret, 'ada@example.org');
  deepEqual(openingOf(primitives, secret, 'ada@example.org'), opening);
  notDeepEqual(openingOf(primitives, secret, 'bea@example.org'), opening);
  const label = emailLabel(primitives, opening, 'ada@example.org');
  equal(sameBytes(label, emailLabel(primitives, opening, 'bea@example.org')), false);
  equal(sameBytes(label, emailLabel(primitives, new Uint8Array(32), 'ada@example.org')), false);
  equal(Buffer.from(label).includes(Buffer.from(utf8('ada'))), false);
  equal(normalEmail(' Ada@Example.ORG '), 'ada@example.org');
  for (const text of ['', 'ada', '@example.org', 'ada@', 'a b@example.org', 'a@b@c'])
    equal(normalEmail(text), null);
});
