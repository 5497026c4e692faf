/** Decoders of the log of a node: notes and keys as text, leaves, bundles of entries, paths of tiles. */

import { key } from 'copse/internal/base/ids.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { readCheckpoint, writeCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { isNamespace, normalName, remarksOn, skeletonOf } from 'copse/internal/transparency/claim-name.ts';
import { normalEmail, userLabel } from 'copse/internal/transparency/label.ts';
import { openLeaf, writeLeaf } from 'copse/internal/transparency/leaf.ts';
import {
  readKey,
  readNote,
  signatureLine,
  writeKey,
  writeNote,
  type NamedKey,
} from 'copse/internal/transparency/note.ts';
import { putEntries, readEntries, readTilePath, tilePath } from 'copse/internal/transparency/tile.ts';
import type { Chance } from '../sim/chance.ts';
import type { Decoder } from './fuzz.ts';

const primitives = nativePrimitives();
const SEED = new Uint8Array(32).fill(1);
const LOG: NamedKey = {
  name: 'copse.log/x',
  kind: 'ed25519',
  key: key(await primitives.ed25519PublicKey(SEED)),
};

function checkpointText(chance: Chance): string {
  return writeCheckpoint({ origin: LOG.name, size: chance.between(0, 2 ** 40), root: chance.bytes(32) });
}

/** What is read and written again must be the same text. */
function same(text: string, written: string): void {
  if (written !== text) throw new Error('it is written back to another text');
}

const asText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const NODE_LOG_DECODERS: readonly Decoder[] = [
  {
    name: 'signed note',
    sample(chance) {
      const text = checkpointText(chance);
      return utf8(`${text}\n${signatureLine(primitives, LOG, chance.bytes(64))}`);
    },
    decode(bytes) {
      const text = asText(bytes);
      same(text, writeNote(readNote(text)));
    },
  },
  {
    name: 'checkpoint',
    sample: (chance) => utf8(checkpointText(chance)),
    decode(bytes) {
      const text = asText(bytes);
      same(text, writeCheckpoint(readCheckpoint(text)));
    },
  },
  {
    name: 'named key',
    sample: () => utf8(writeKey(primitives, LOG)),
    decode(bytes) {
      const text = asText(bytes);
      same(text, writeKey(primitives, readKey(primitives, text)));
    },
  },
  {
    name: 'leaf of a node log',
    sample(chance) {
      const user = key(chance.bytes(32));
      const links = [
        { label: chance.bytes(32), previous: null, count: 1 },
        { label: userLabel(primitives, user), previous: 4, count: 2 },
      ];
      const body = { kind: 'statement', user, device: key(chance.bytes(32)), method: 'oidc' } as const;
      return writeLeaf(primitives, SEED, { links, timeMs: 1, body });
    },
    decode: (bytes) => openLeaf(primitives, bytes),
  },
  {
    name: 'bundle of entries',
    sample: (chance) => putEntries([chance.bytes(3), chance.bytes(300), chance.bytes(0)]),
    decode: (bytes) => readEntries(bytes, 3),
  },
  {
    name: 'path of a tile',
    sample: (chance) =>
      utf8(tilePath({ level: 0, index: chance.between(0, 2 ** 30), width: chance.between(1, 256) })),
    decode(bytes) {
      const text = asText(bytes);
      const name = readTilePath(text);
      if (name !== null) same(text, tilePath(name));
    },
  },
  {
    name: 'name, namespace and address',
    sample: (chance) => utf8(chance.pick(['Ada', 'jos\u00e9', 'Ada@example.org', 'people/x', '\u0430da'])),
    decode(bytes) {
      const text = asText(bytes);
      const name = normalName(text);
      if (name !== null) same(name, normalName(name) ?? '');
      isNamespace(text);
      normalEmail(text);
      return [remarksOn(text), skeletonOf(text)];
    },
  },
];
