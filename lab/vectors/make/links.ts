/** Links that let somebody in, and the keys that the seed in an invitation makes. */

import { hex } from 'copse/internal/base/bytes.ts';
import { inviteKeys } from 'copse/internal/client/invite.ts';
import { linkText } from 'copse/internal/client/links.ts';
import { parseLink } from 'copse/internal/client/link-parts.ts';
import { node } from './cast.ts';
import { primitives, seedOf } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const seed = seedOf('one-time');

export async function links(): Promise<VectorFile> {
  const good = await link('an invitation', 'join', 'https://garden.example');
  return {
    path: 'links.json',
    about:
      'Links of invitations and of the first start. `seed` is the seed of the one-time Ed25519 key, or the secret of the first start (whose link makes no keys; those stated with it follow all the same).',
    valid: [
      good,
      await link('an invitation to a node on this machine', 'join', 'http://127.0.0.1:7070'),
      await link('a first start', 'setup', 'http://127.0.0.1:7070'),
    ],
    invalid: wrong(linkText({ kind: 'join', origin: 'https://garden.example', node: node.publicKey, seed })),
  };
}

async function link(name: string, kind: 'join' | 'setup', origin: string): Promise<Vector> {
  const { sign, agree } = await inviteKeys(primitives, seed);
  return {
    name,
    text: linkText({ kind, origin, node: node.publicKey, seed }),
    kind,
    origin,
    node: hex(node.publicKey),
    seed: hex(seed),
    signKey: hex(sign.publicKey),
    agreeSecret: hex(agree.secret),
    agreeKey: hex(agree.publicKey),
  };
}

function wrong(good: string): readonly Vector[] {
  const none = (name: string, text: string): Vector => {
    if (parseLink(text) !== null) throw new Error(`${name} is a link`);
    return { name, text };
  };
  return [
    none('no link', 'garden'),
    none('another scheme', good.replace('https:', 'ftp:')),
    none('another word', good.replace('#join', '#login')),
    none('a path', good.replace('/#join', '/a/#join')),
    none('a character too few', good.slice(0, -1)),
    none('a character too many', `${good}A`),
    none(
      'bits that are not zero behind the last byte',
      `${good.slice(0, -1)}${good.endsWith('B') ? 'C' : 'B'}`,
    ),
    none('padding', `${good}==`),
    none('a character of the other alphabet', good.replace(/.{3}$/u, '+/+')),
  ];
}
