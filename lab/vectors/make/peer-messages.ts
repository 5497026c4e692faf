/** Messages of the neighbourhood (SPEC Z1, Z2): one of each kind and form, and what is none. */

import { hex } from 'copse/internal/base/bytes.ts';
import { peerMessageBytesMax } from 'copse/internal/base/limits-peer.ts';
import { signObject } from 'copse/internal/capability/cose.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { MessageTerms } from 'copse/internal/social/message/terms.ts';
import { decodeCbor, type Cbor } from 'copse/internal/wire/cbor.ts';
import { jsonOf } from '../cbor-json.ts';
import { otherUser, user } from './cast.ts';
import { Draw, primitives, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('peer messages');
const LIMITS = { bytesMax: peerMessageBytesMax, depthMax: 4 };
const HEAD_BYTES = 7;
const target = draw.bytes(32);
const first = draw.bytes(32);
const file = draw.bytes(32);

type Field = readonly [number, Cbor];

const POST: readonly Field[] = [
  [3, KIND.post],
  [4, wallMs],
  [5, 'Good morning'],
];

export async function peerMessages(): Promise<VectorFile> {
  const post = await vector('a post', { kind: KIND.post, text: 'Good morning' });
  return {
    path: 'peer-messages.json',
    about:
      'Messages of the neighbourhood. `payload` is their content as in cbor.json, `id` the SHA-256 of the payload that names them. A fault of `badProof` means: well-formed, but the signature does not hold.',
    valid: [
      post,
      await vector('an answer with all fields', {
        kind: KIND.post,
        text: '**Yes**, see the picture',
        type: 'text/markdown',
        mentions: [otherUser.publicKey],
        replies: [target],
        thread: first,
        attachments: [{ address: file, size: 70_000, type: 'image/avif', alt: 'An ash tree' }],
        tags: ['Bäume', 'ash'],
        content: Uint8Array.of(1, 2, 3),
      }),
      await vector('a picture with a smaller one, and no words', {
        kind: KIND.post,
        attachments: [{ address: file, size: 70_000, type: 'image/avif', alt: '', thumbnail: target }],
      }),
      await vector('an edit', { kind: KIND.edit, text: 'Good evening', replies: [target] }),
      await vector('a deletion', { kind: KIND.delete, replies: [target, first] }),
      await vector('a share', { kind: KIND.share, replies: [target] }),
      await vector('a reaction', { kind: KIND.reaction, text: '🌳', replies: [target] }),
      await vector('a profile', { kind: KIND.profile, content: Uint8Array.of(0xa1, 1, 0x61, 0x41) }),
      await vector('a named list', { kind: KIND.list, name: 'friends', content: otherUser.publicKey }),
      await vector('a kind that is not known', { kind: 200 }),
    ],
    invalid: [...(await wrongFields()), ...(await spoilt())],
  };
}

async function vector(name: string, terms: Omit<MessageTerms, 'timeMs'>): Promise<Vector> {
  const { bytes, id, from } = await signMessage(primitives, user.seed, { timeMs: wallMs, ...terms });
  const parts = decodeCbor(bytes.subarray(1), LIMITS);
  const payload = Array.isArray(parts) ? parts[2] : null;
  if (!(payload instanceof Uint8Array)) throw new Error('an object has a payload');
  return {
    name,
    seed: hex(user.seed),
    signer: hex(from),
    payload: jsonOf(decodeCbor(payload, LIMITS)),
    id: hex(id),
    bytes: hex(bytes),
  };
}

async function crafted(fields: readonly Field[], label = 'social/message'): Promise<Uint8Array> {
  return signObject(primitives, domain(label), user.seed, fields);
}

async function wrongFields(): Promise<readonly Vector[]> {
  const without = (field: number): readonly Field[] => POST.filter(([key]) => key !== field);
  const cases: readonly (readonly [string, readonly Field[]])[] = [
    ['without a kind', without(3)],
    ['without a time', without(4)],
    ['without words', without(5)],
    ['kind 0', [...without(3), [3, 0]]],
    ['kind 256', [...without(3), [3, 256]]],
    ['a time before 1970', [...without(4), [4, -1]]],
    ['an empty text', [...without(5), [5, ''], [12, Uint8Array.of(1)]]],
    ['a field that is not known', [...POST, [14, 0]]],
    ['a thread without an answer', [...POST, [13, first]]],
    ['a thread that begins with what is answered', [...POST, [8, [target]], [13, target]]],
    ['a beginning of 31 bytes', [...POST, [8, [target]], [13, draw.bytes(31)]]],
    ['an empty media type', [...POST, [6, '']]],
    ['no mention in the list', [...POST, [7, []]]],
    ['a mention of 31 bytes', [...POST, [7, [draw.bytes(31)]]]],
    ['somebody mentioned twice', [...POST, [7, [target, target]]]],
    ['a reply twice', [...POST, [8, [target, target]]]],
    ['17 replies', [...POST, [8, Array.from({ length: 17 }, () => draw.bytes(32))]]],
    ['an attachment of three parts', [...POST, [9, [[file, 1, 'image/avif']]]]],
    ['a smaller picture of 31 bytes', [...POST, [9, [[file, 1, 'image/avif', '', file.subarray(1)]]]]],
    ['an attachment of six parts', [...POST, [9, [[file, 1, 'image/avif', '', file, 1]]]]],
    ['an empty tag', [...POST, [10, ['']]]],
    ['a tag of 65 bytes', [...POST, [10, ['x'.repeat(65)]]]],
    ['a post with a name', [...POST, [11, 'name']]],
    ['no content', [...POST, [12, new Uint8Array(0)]]],
    ['an edit of nothing', [[3, KIND.edit], ...without(3)]],
    ['an edit of two', [[3, KIND.edit], ...without(3), [8, [target, first]]]],
    [
      'a reaction without a picture',
      [
        [3, KIND.reaction],
        [4, wallMs],
        [8, [target]],
      ],
    ],
    [
      'a reaction of 41 bytes',
      [
        [3, KIND.reaction],
        [4, wallMs],
        [5, 'x'.repeat(41)],
        [8, [target]],
      ],
    ],
  ];
  return Promise.all(
    cases.map(async ([name, fields]) => ({ name, bytes: hex(await crafted(fields)), fault: 'malformed' })),
  );
}

async function spoilt(): Promise<readonly Vector[]> {
  const good = await crafted(POST);
  const flipped = good.slice();
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const other = good.slice();
  other[HEAD_BYTES + 2 + 42] = (other[HEAD_BYTES + 2 + 42] ?? 0) ^ 1;
  return [
    { name: 'a flipped bit of the signature', bytes: hex(flipped), fault: 'badProof' },
    {
      name: 'signed in the domain of blessings',
      bytes: hex(await crafted(POST, 'capability/blessing')),
      fault: 'badProof',
    },
    { name: 'without its last byte', bytes: hex(good.subarray(0, -1)), fault: 'malformed' },
    { name: 'with another header', bytes: hex(good.subarray(1)), fault: 'malformed' },
  ];
}
