/** The log of a node (SPEC M3-M5): a leaf of each kind, checkpoints and cosignatures, and what is none of them. */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { cosign, logKey, signCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import {
  emailLabel,
  nameLabel,
  nodeLabel,
  userLabel,
  type Label,
} from 'copse/internal/transparency/label.ts';
import { writeLeaf, type LabelLink, type LeafBody } from 'copse/internal/transparency/leaf.ts';
import { readNote, writeKey, type NamedKey } from 'copse/internal/transparency/note.ts';
import { device, node, oneTime, otherUser, user } from './cast.ts';
import { Draw, primitives, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('log of a node');
const OPENING = draw.bytes(32);
const EMAIL = 'ada@example.org';
const OBJECT = draw.bytes(90);

const first = (label: Label): LabelLink => ({ label, previous: null, count: 1 });
const later = (label: Label): LabelLink => ({ label, previous: 299, count: 3 });
const ofUser = userLabel(primitives, user.publicKey);
const ofEmail = emailLabel(primitives, OPENING, EMAIL);

const LEAVES: readonly (readonly [string, LeafBody, readonly LabelLink[]])[] = [
  [
    'a device signed in with an address',
    { kind: 'statement', user: user.publicKey, device: device.publicKey, method: 'oidc https://id.example' },
    [first(ofEmail), later(ofUser)],
  ],
  [
    'the end of a statement',
    { kind: 'withdrawal', user: user.publicKey, statement: 300 },
    [later(ofEmail), later(ofUser)],
  ],
  [
    'a claim of a name',
    { kind: 'claim', user: user.publicKey, namespace: 'people', name: 'josé', number: 7 },
    [first(nameLabel(primitives, 'people', 'josé')), later(ofUser)],
  ],
  ['a key change', { kind: 'keyChange', user: user.publicKey, object: OBJECT }, [later(ofUser)]],
  [
    'the node revokes its key',
    { kind: 'nodeRevoked', node: node.publicKey, successor: otherUser.publicKey },
    [first(nodeLabel(primitives, node.publicKey))],
  ],
  [
    'the node revokes its key and names no other',
    { kind: 'nodeRevoked', node: node.publicKey, successor: null },
    [first(nodeLabel(primitives, node.publicKey))],
  ],
];

function leafOf(body: LeafBody, links: readonly LabelLink[]): Promise<Uint8Array> {
  return writeLeaf(primitives, node.seed, { links, timeMs: wallMs, body });
}

function bodyJson(body: LeafBody): Vector {
  const fields = Object.entries(body).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? hex(value) : value,
  ]);
  return Object.fromEntries(fields);
}

export async function leaves(): Promise<VectorFile> {
  const valid: Vector[] = [];
  for (const [name, body, links] of LEAVES) {
    const bytes = await leafOf(body, links);
    const rows = links.map(({ label, previous, count }) => ({ label: hex(label), previous, count }));
    valid.push({
      name,
      seed: hex(node.seed),
      node: hex(node.publicKey),
      email: EMAIL,
      opening: hex(OPENING),
      body: bodyJson(body),
      links: rows,
      timeMs: wallMs,
      bytes: hex(bytes),
    });
  }
  return {
    path: 'leaves.json',
    about:
      'Leaves of the log of a node. `opening` is that of the label of `email`. A fault of `badProof` means: well-formed, but the signature does not hold.',
    valid,
    invalid: await wrongLeaves(),
  };
}

async function wrongLeaves(): Promise<readonly Vector[]> {
  const [, claim] = must(LEAVES[2], 'a claim');
  const own = nameLabel(primitives, 'people', 'josé');
  const cases: readonly (readonly [string, LeafBody, readonly LabelLink[]])[] = [
    [
      'under the label of another name',
      claim,
      [first(nameLabel(primitives, 'people', 'jose')), later(ofUser)],
    ],
    [
      'under the label of another user',
      claim,
      [first(own), first(userLabel(primitives, otherUser.publicKey))],
    ],
    ['labels in another order', claim, [later(ofUser), first(own)]],
    ['under one label too few', claim, [first(own)]],
    ['the first of a label that has one before', claim, [{ ...first(own), previous: 3 }, later(ofUser)]],
    ['a later one that has none before', claim, [{ ...later(own), previous: null }, later(ofUser)]],
  ];
  const made: Vector[] = [];
  for (const [name, body, links] of cases)
    made.push({ name, bytes: hex(await leafOf(body, links)), fault: 'malformed' });
  const good = await leafOf(claim, [first(own), later(ofUser)]);
  const flipped = good.slice();
  flipped.set([must(flipped.at(-1), 'a byte') ^ 1], flipped.length - 1);
  return [
    ...made,
    { name: 'another signature', bytes: hex(flipped), fault: 'badProof' },
    { name: 'cut off', bytes: hex(good.subarray(0, -1)), fault: 'malformed' },
    { name: 'with a byte more', bytes: hex(Uint8Array.of(...good, 0)), fault: 'malformed' },
  ];
}

const LOG = logKey(node.publicKey);
const WITNESS: NamedKey = { name: 'witness.example', kind: 'cosignature', key: otherUser.publicKey };
const STRANGER: NamedKey = { name: 'stranger.example', kind: 'cosignature', key: oneTime.publicKey };

export async function checkpoints(): Promise<VectorFile> {
  const root = draw.bytes(32);
  const note = await signCheckpoint(primitives, node.seed, LOG, { size: 70_000, root });
  const { text } = readNote(note);
  const timeS = wallMs / 1000;
  const seen = await cosign(primitives, otherUser.seed, WITNESS, { text, timeS });
  const strange = await cosign(primitives, oneTime.seed, STRANGER, { text, timeS });
  const empty = await signCheckpoint(primitives, node.seed, LOG, {
    size: 0,
    root: primitives.sha256(new Uint8Array(0)),
  });
  const byOther = await signCheckpoint(primitives, user.seed, LOG, { size: 70_000, root });
  const otherLog = await signCheckpoint(primitives, user.seed, logKey(user.publicKey), {
    size: 70_000,
    root,
  });
  const keys = { log: writeKey(primitives, LOG), cosigner: writeKey(primitives, WITNESS) };
  const vector = (name: string, of: string, cosigned: readonly string[]): Vector => ({
    name,
    ...keys,
    note: of,
    cosigned,
    timeS,
  });
  const wrong = (name: string, of: string, fault: string): Vector => ({ name, ...keys, note: of, fault });
  return {
    path: 'checkpoints.json',
    about:
      'Checkpoints of a log, as signed notes (C2SP); keys in one word. `cosigned` is by whom, of the one cosigner that counts.',
    valid: [
      vector('a checkpoint', note, []),
      vector('of an empty log', empty, []),
      vector('with a cosignature', note + seen, [WITNESS.name]),
      vector('with a cosignature of a stranger', note + strange, []),
      vector('with both', note + strange + seen, [WITNESS.name]),
    ],
    invalid: [
      wrong('signed by another key', byOther, 'badProof'),
      wrong('of another log', otherLog, 'badProof'),
      wrong('another size', note.replace('\n70000\n', '\n70001\n'), 'badProof'),
      wrong('a size with a zero before', note.replace('\n70000\n', '\n070000\n'), 'malformed'),
      wrong('without a signature', `${text}\n`, 'malformed'),
      wrong(
        'a false signature beside the true one',
        note + must(byOther.split('\n').at(-2), 'a line') + '\n',
        'badProof',
      ),
      wrong('without its last line feed', note.slice(0, -1), 'malformed'),
    ],
  };
}
