/** An auditor against a log that is honest, and against one that is not (SPEC M8). */

import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { cosign, signCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { leafHash } from 'copse/internal/crypto/merkle.ts';
import { readNote, type NamedKey } from 'copse/internal/transparency/note.ts';
import { putEntries, readEntries, tilePath, type TileName } from 'copse/internal/transparency/tile.ts';
import { NodeLog } from '../../auth/node-log.ts';
import { publicLog } from '../../auth/public-log.ts';
import { openMemoryTlog } from '../../store/tlog-memory.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { auditLog, type AuditOptions } from './audit-log.ts';
import type { LogSource } from '../../node/cosign/log-source.ts';

const primitives = nativePrimitives();
const nodeSeed = new Uint8Array(32).fill(3);
const node = key(await primitives.ed25519PublicKey(nodeSeed));
const LEAVES = 600;

async function grow(log: NodeLog, count: number): Promise<void> {
  const first = log.tlog.size;
  await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const user = key(primitives.sha256(Uint8Array.of((first + i) >> 8, first + i)));
      const body = { kind: 'claim', user, namespace: 'n', name: `p${first + i}`, number: 0 } as const;
      return log.add({ body, email: null });
    }),
  );
}

const log = await NodeLog.open({
  tlog: openMemoryTlog(primitives),
  primitives,
  env: realEnv(),
  nodeSeed,
  node,
});
await grow(log, 300);
const early = log.note.text;
await grow(log, LEAVES - 300);

const honest: LogSource = {
  checkpoint: async () => log.note.text,
  async tile(name) {
    const tile = await publicLog(log).tile(name);
    if (tile === null) throw new Fault('unknown', tilePath(name));
    return tile;
  },
};

/** A source that lies about the tiles whose paths match. */
function lying(at: RegExp, spoil: (tile: Uint8Array, name: TileName) => Uint8Array): LogSource {
  return {
    ...honest,
    async tile(name) {
      const tile = await honest.tile(name);
      return at.test(tilePath(name)) ? spoil(tile, name) : tile;
    },
  };
}

const audit = (part: Partial<AuditOptions> = {}) =>
  auditLog({ source: honest, primitives, node, from: null, isFull: false, cosigners: [], ...part });
const wordsOf = (verdict: Awaited<ReturnType<typeof audit>>): string =>
  verdict.findings.map(({ index, what }) => `${index} ${what}`).join('; ');
const flipped = (bytes: Uint8Array, at = 40): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1);

test('[M8] an honest log is found good, from its first leaf and from an older checkpoint on', async () => {
  const whole = await audit();
  deepEqual([whole.isGood, whole.size, whole.from, whole.leaves], [true, LEAVES, 0, { claim: LEAVES }]);
  const rest = await audit({ from: early });
  deepEqual([rest.isGood, rest.from, rest.leaves], [true, 300, { claim: LEAVES - 300 }]);
  equal(rest.root, whole.root);
  const both = await audit({ from: early, isFull: true });
  deepEqual([both.isGood, both.from, both.leaves], [true, 0, { claim: LEAVES }]);
  deepEqual((await audit({ from: whole.note })).leaves, {});
});

test('[M8] an altered leaf is found by its index, whatever the tiles say', async () => {
  const source = lying(/^entries\/001/, (bundle, { width }) => {
    const leaves = [...readEntries(bundle, width)];
    leaves[4] = flipped(leaves[4] ?? bundle, 120);
    return putEntries(leaves);
  });
  const verdict = await audit({ source });
  equal(verdict.isGood, false);
  match(wordsOf(verdict), /^null the tile 0\/001 is not that of the leaves/);
  match(wordsOf(verdict), /root of the leaves is not the one that is signed/);
  match(wordsOf(verdict), /260 /);
});

test('[M8] altered and missing tiles of every level are found, partial ones too', async () => {
  for (const at of ['0/000', '0/002.p/88', '1/000.p/2']) {
    const source = lying(new RegExp(`^${at.replaceAll('.', '\\.')}$`), (tile) => flipped(tile));
    const verdict = await audit({ source });
    equal(wordsOf(verdict), `null the tile ${at} is not that of the leaves`);
  }
  const missing = lying(/^0\/001$/, (_, name) => {
    throw new Fault('unknown', tilePath(name));
  });
  equal(wordsOf(await audit({ source: missing })), 'null the tile 0/001 is missing');
  const short = lying(/^entries\/000$/, (bundle) => bundle.subarray(0, bundle.length - 1));
  match(wordsOf(await audit({ source: short })), /entries\/000: .*cut off/);
});

test('[M8] a log that was rolled back, forked or begun anew is found by the older checkpoint', async () => {
  const other = await NodeLog.open({
    tlog: openMemoryTlog(primitives),
    primitives,
    env: realEnv(),
    nodeSeed,
    node,
  });
  await grow(other, 200);
  const before = log.note.text;
  const shown: LogSource = {
    checkpoint: async () => other.note.text,
    async tile(name) {
      const tile = await publicLog(other).tile(name);
      if (tile === null) throw new Fault('unknown', tilePath(name));
      return tile;
    },
  };
  const options = { source: shown, primitives, node, isFull: false, cosigners: [] };
  equal(wordsOf(await auditLog({ ...options, from: before })), 'null the log has 200 leaves, and had 600');
  await other.add({ body: { kind: 'nodeRevoked', node, successor: null }, email: null });
  await grow(other, 499);
  match(wordsOf(await auditLog({ ...options, from: before })), /not those of the older checkpoint/);
  const verdict = await auditLog({ ...options, from: null });
  equal(verdict.revokedAt, 200);
  const same = await signCheckpoint(primitives, nodeSeed, log.key, {
    size: LEAVES,
    root: leafHash(primitives, node),
  });
  match(wordsOf(await audit({ from: same })), /two roots are signed for 600 leaves/);
});

test('[M3, M4] a checkpoint of another node or with a false cosignature ends the audit', async () => {
  const stranger = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(9)));
  await rejects(audit({ node: stranger }), { code: 'badProof' });
  const seed = new Uint8Array(32).fill(5);
  const by: NamedKey = { name: 'w', kind: 'cosignature', key: key(await primitives.ed25519PublicKey(seed)) };
  const note = log.note.text;
  const { text } = readNote(note);
  const good = note + (await cosign(primitives, seed, by, { text, timeS: 7 }));
  const seen = await audit({ source: { ...honest, checkpoint: async () => good }, cosigners: [by] });
  deepEqual([seen.isGood, seen.cosignatures], [true, [{ by, timeS: 7 }]]);
  const bad = note + (await cosign(primitives, seed, by, { text: `${text}x\n`, timeS: 7 }));
  await rejects(audit({ source: { ...honest, checkpoint: async () => bad }, cosigners: [by] }), {
    code: 'badProof',
  });
});
