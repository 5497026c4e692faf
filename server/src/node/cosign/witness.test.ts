/** A witness before honest logs and others (SPEC M4, M16). */

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import { cosignTilesMax } from 'copse/internal/base/limits.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { cosignaturesOf, logKey, signCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { readNote, type NamedKey } from 'copse/internal/transparency/note.ts';
import { tilePath } from 'copse/internal/transparency/tile.ts';
import { NodeLog } from '../../auth/node-log.ts';
import { publicLog } from '../../auth/public-log.ts';
import { openMemoryTlog } from '../../store/tlog-memory.ts';
import type { LogSource } from './log-source.ts';
import { witness, type Looked } from './witness.ts';

const env = realEnv();
const primitives = nativePrimitives();
const nodeSeed = new Uint8Array(32).fill(3);
const node = key(await primitives.ed25519PublicKey(nodeSeed));
const seed = new Uint8Array(32).fill(7);
const by: NamedKey = {
  name: 'witness.example',
  kind: 'cosignature',
  key: key(await primitives.ed25519PublicKey(seed)),
};

/** A log of the same node; two with different words contradict each other. */
async function logOf(word: string, count: number): Promise<NodeLog> {
  const log = await NodeLog.open({ tlog: openMemoryTlog(primitives), primitives, env, nodeSeed, node });
  await grow(log, word, count);
  return log;
}

async function grow(log: NodeLog, word: string, count: number): Promise<void> {
  const first = log.tlog.size;
  await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const user = key(primitives.sha256(Uint8Array.of((first + i) >> 8, first + i)));
      const body = { kind: 'claim', user, namespace: 'n', name: `${word}${first + i}`, number: 0 } as const;
      return log.add({ body, email: null });
    }),
  );
}

function sourceOf(log: NodeLog): LogSource {
  return {
    checkpoint: async () => log.note.text,
    async tile(name) {
      const tile = await publicLog(log).tile(name);
      if (tile === null) throw new Fault('unknown', tilePath(name));
      return tile;
    },
  };
}

/** A witness, and what it did in which order. */
class Scene {
  kept: string | null = null;
  readonly acts: string[] = [];
  readonly brought: string[] = [];
  /** What goes wrong. */
  disk: Fault | null = null;
  admin: Fault | null = null;

  look(source: LogSource): Promise<Looked> {
    const memory = {
      note: async () => this.kept,
      keep: async (_: unknown, note: string) => {
        this.acts.push('keep');
        if (this.disk !== null) throw this.disk;
        this.kept = note;
      },
    };
    const bring = async (note: string): Promise<void> => {
      this.acts.push('bring');
      if (this.admin !== null) throw this.admin;
      this.brought.push(note);
    };
    const cosigner = { seed, by };
    return witness({ env, primitives, memory, cosigner }, { url: 'https://a.example', node, source, bring });
  }

  async forks(source: LogSource, why: RegExp): Promise<void> {
    const before = { kept: this.kept, acts: this.acts.length };
    const looked = await this.look(source);
    equal(looked.kind, 'fork');
    match(looked.kind === 'fork' ? looked.why : '', why);
    deepEqual({ kept: this.kept, acts: this.acts.length }, before, 'nothing is kept, signed or brought');
  }
}

test('[M16] what grew is remembered, then signed, then brought', async () => {
  const scene = new Scene();
  const log = await logOf('a', 3);
  const first = await scene.look(sourceOf(log));
  equal(first.kind === 'signed' ? first.size : -1, 3);
  deepEqual(scene.acts, ['keep', 'bring']);
  await grow(log, 'a', 700);
  const later = await scene.look(sourceOf(log));
  equal(later.kind === 'signed' ? later.size : -1, 703);
  const cosigned = await cosignaturesOf(primitives, readNote(scene.brought.at(-1) ?? ''), [by]);
  equal(cosigned.length, 1);
  equal(scene.kept, log.note.text);
});

test('[M16] what is not on the disk is not signed; what is not taken stays remembered', async () => {
  const log = await logOf('a', 5);
  const full = new Scene();
  full.disk = new Fault('full');
  await rejects(full.look(sourceOf(log)), { code: 'full' });
  deepEqual(full.acts, ['keep'], 'nothing is brought');
  const unknown = new Scene();
  unknown.admin = new Fault('forbidden');
  await rejects(unknown.look(sourceOf(log)), { code: 'forbidden' });
  equal(unknown.kept, log.note.text);
  await unknown.forks(sourceOf(await logOf('b', 6)), /not proven to contain the first 5 leaves/);
});

test('[M16] attacks: a forked, shortened or rewritten log is not signed, however it is shown', async () => {
  const scene = new Scene();
  const log = await logOf('a', 300);
  await scene.look(sourceOf(log));
  await scene.forks(sourceOf(await logOf('b', 300)), /another root/);
  await scene.forks(sourceOf(await logOf('b', 600)), /not proven to contain the first 300 leaves/);
  await scene.forks(sourceOf(await logOf('a', 299)), /299 leaves after 300/);
  const claimed = { size: 301, root: new Uint8Array(32).fill(1) };
  const lie = await signCheckpoint(primitives, nodeSeed, logKey(node), claimed);
  await grow(log, 'a', 1);
  await scene.forks({ ...sourceOf(log), checkpoint: async () => lie }, /not proven/);
  equal((await scene.look(sourceOf(log))).kind, 'signed', 'the honest one goes on');
});

test('[M16] what the log has not signed says nothing against it', async () => {
  const scene = new Scene();
  const log = await logOf('a', 2);
  await scene.look(sourceOf(log));
  const strange = await signCheckpoint(primitives, seed, logKey(node), {
    size: 9,
    root: new Uint8Array(32),
  });
  const show = (note: string) => scene.look({ ...sourceOf(log), checkpoint: async () => note });
  await rejects(show('<html>sign in to the network of this hotel</html>'), { code: 'malformed' });
  await rejects(show(strange), { code: 'badProof' });
  equal((await scene.look(sourceOf(log))).kind, 'signed');
});

test('[M16] a log that claims to be endless costs a bounded number of requests', async () => {
  const scene = new Scene();
  await scene.look(sourceOf(await logOf('a', 1)));
  const endless = { size: Number.MAX_SAFE_INTEGER, root: new Uint8Array(32) };
  const note = await signCheckpoint(primitives, nodeSeed, logKey(node), endless);
  let asked = 0;
  const source: LogSource = {
    checkpoint: async () => note,
    tile: async ({ width }) => {
      asked++;
      return new Uint8Array(32 * width);
    },
  };
  await scene.forks(source, /not proven/);
  ok(asked > 0 && asked <= cosignTilesMax, `${asked} tiles`);
});
