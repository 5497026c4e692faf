/** The golden vectors of the log of a node and of recovery (SPEC W7, M3-M5, P3). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { openCard } from 'copse/internal/capability/recovery-card.ts';
import {
  codeText,
  parseCode,
  recoveryIdAt,
  recoveryKeysOf,
} from 'copse/internal/capability/recovery-code.ts';
import { cosignaturesOf, logKey, openCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { openLeaf, writeLeaf, type Leaf } from 'copse/internal/transparency/leaf.ts';
import { readKey } from 'copse/internal/transparency/note.ts';
import { node, otherUser } from './make/cast.ts';
import { primitives, wallMs } from './make/draw.ts';
import { faultOfLater, read, unhex } from './read.ts';

/** As JSON has it: bytes in hex. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

interface LeafVector {
  readonly body: unknown;
  readonly links: unknown;
  readonly timeMs: number;
  readonly bytes: string;
}

test('[W7, M5] leaves open to what they state, are written again to their bytes, and others are refused', async () => {
  const { valid, invalid } = read<LeafVector>('leaves.json');
  const kinds = new Set<string>();
  for (const { name, body, links, timeMs, bytes } of valid) {
    const leaf: Leaf = must(await openLeaf(primitives, unhex(bytes)), name);
    assert.deepEqual(plain(leaf.body), body, name);
    assert.deepEqual(plain(leaf.links), links, name);
    assert.deepEqual([leaf.timeMs, hex(leaf.node)], [timeMs, hex(node.publicKey)], name);
    assert.equal(hex(await writeLeaf(primitives, node.seed, leaf)), bytes, name);
    kinds.add(leaf.body.kind);
  }
  assert.equal(kinds.size, 5, 'one of each kind');
  for (const { name, bytes, fault } of invalid)
    assert.equal(await faultOfLater(() => openLeaf(primitives, unhex(bytes))), fault, name);
});

test('[W7, M3, M4] checkpoints and cosignatures hold for whom they state, and others are refused', async () => {
  const { valid, invalid } = read<
    { readonly note: string; readonly cosigner: string; readonly cosigned: readonly string[] },
    { readonly note: string; readonly fault: string }
  >('checkpoints.json');
  const log = logKey(node.publicKey);
  const witness = readKey(primitives, must(valid[0], 'a vector').cosigner);
  assert.equal(hex(witness.key), hex(otherUser.publicKey));
  for (const { name, note, cosigned } of valid) {
    const opened = await openCheckpoint(primitives, log, note);
    const found = await cosignaturesOf(primitives, opened.note, [witness]);
    assert.deepEqual(
      found.map(({ by }) => by.name),
      cosigned,
      name,
    );
    for (const { timeS } of found) assert.equal(timeS, wallMs / 1000, name);
  }
  for (const { name, note, fault } of invalid)
    assert.equal(await faultOfLater(() => openCheckpoint(primitives, log, note)), fault, name);
});

interface CardVector {
  readonly secret: string;
  readonly code: string;
  readonly publicKey: string;
  readonly ids: readonly string[];
  readonly card: { readonly realms: readonly { readonly url: string; readonly node: string }[] };
  readonly bytes: string;
}

test('[W7, P3] recovery codes, ids and cards are as stated, and a card of another opens to nothing', async () => {
  const { valid, invalid } = read<CardVector, { readonly code: string; readonly bytes: string }>(
    'recovery.json',
  );
  for (const { name, secret, code, publicKey, ids, card, bytes } of valid) {
    const keys = await recoveryKeysOf(primitives, unhex(secret));
    assert.equal(hex(keys.publicKey), publicKey, name);
    const parsed = must(parseCode(code), name);
    assert.deepEqual(plain({ secret: parsed.secret, signer: parsed.signer }), plain(keys.code), name);
    assert.equal(codeText(parsed), code, name);
    assert.deepEqual(plain(must(await openCard(primitives, parsed, unhex(bytes)), name)), card, name);
    for (const [at, { node: realm }] of card.realms.entries())
      assert.equal(hex(recoveryIdAt(primitives, parsed, unhex(realm))), ids[at], name);
  }
  for (const { name, code, bytes } of invalid)
    assert.equal(await openCard(primitives, must(parseCode(code), name), unhex(bytes)), null, name);
});
