/**
 * A witness (SPEC M4, M16): looks at the log of another node, goes on only from the last checkpoint that it
 * remembers, remembers the new one, and only then signs it and brings it to that node. So it never signs two
 * histories of one log, whatever it is shown and wherever it is cut off.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { callMs, cosignTilesMax } from 'copse/internal/base/limits.ts';
import { namesApi } from 'copse/internal/api/names.ts';
import { openAuth } from 'copse/internal/client/auth-session.ts';
import { signKeyOf } from 'copse/internal/client/identity.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { socketTo } from 'copse/internal/native/runtime.ts';
import { cosign, logKey, openCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { consistencyRanges, joined, subtreesOf, type Range } from 'copse/internal/crypto/merkle.ts';
import { writeKey, type NamedKey } from 'copse/internal/transparency/note.ts';
import { Pin } from 'copse/internal/transparency/pin.ts';
import { hashIn, placeOf, tilePath, widthIn, type TileName } from 'copse/internal/transparency/tile.ts';
import type { LogSource } from './log-source.ts';

/** What a witness must never forget: the last checkpoint of each log that it has signed, by the key of its node. */
export interface WitnessMemory {
  note(node: Key): Promise<string | null>;
  /** Resolves when it is on the disk. */
  keep(node: Key, note: string): Promise<void>;
}

export interface Cosigner {
  readonly seed: Uint8Array;
  readonly by: NamedKey;
}

export interface Witness {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly memory: WitnessMemory;
  readonly cosigner: Cosigner;
}

export interface Watched {
  readonly url: string;
  readonly node: Key;
  readonly source: LogSource;
  /** Brings what is signed to the node; `forbidden` when its admin has not taken this cosigner. */
  readonly bring: (note: string) => Promise<void>;
}

export type Looked =
  | { readonly kind: 'signed'; readonly size: number; readonly timeS: number }
  /** Nothing was signed; `shown` is what the log has signed and what cannot follow what it signed before. */
  | { readonly kind: 'fork'; readonly why: string; readonly kept: string; readonly shown: string };

/** Throws when the node is away, answers what is no checkpoint of its log, or does not take the signature. */
export async function witness(by: Witness, { node, source, bring }: Watched): Promise<Looked> {
  const { env, primitives, memory, cosigner } = by;
  const log = logKey(node);
  const pin = await Pin.open(primitives, log, await memory.note(node));
  const note = await source.checkpoint();
  // What the log has not signed says nothing against it: anybody in between can show that.
  await openCheckpoint(primitives, log, note);
  const bounded = boundedSource(source, env);
  const answer = await pin.advance(note, (old, size) => proofFromTiles(primitives, bounded, { old, size }));
  if (answer.kind === 'fork') return answer;
  const { size, note: read } = answer.checkpoint;
  // Before anything is signed: a witness that forgets might sign another history.
  await memory.keep(node, note);
  const timeS = Math.floor(env.wallMs() / 1000);
  await bring(note + (await cosign(primitives, cosigner.seed, cosigner.by, { text: read.text, timeS })));
  return { kind: 'signed', size, timeS };
}

/** A few slow answers; the other peers wait for it. */
const LOOK_MS = 3 * callMs;

/** Each tile once, not more than a proof can need, and not for longer than a look may take. */
function boundedSource(source: LogSource, env: Env): LogSource {
  const tileByPath = new Map<string, Uint8Array>();
  const endMs = env.nowMs() + LOOK_MS;
  return {
    ...source,
    async tile(name: TileName) {
      const path = tilePath(name);
      const known = tileByPath.get(path);
      if (known !== undefined) return known;
      if (tileByPath.size >= cosignTilesMax)
        throw new Fault('tooLarge', 'a proof of more tiles than it needs');
      if (env.nowMs() > endMs) throw new Fault('deadline', 'The log is too slow to be checked.');
      const tile = await source.tile(name);
      tileByPath.set(path, tile);
      return tile;
    },
  };
}

/** A consistency proof out of tiles, which is checked like one that the node makes. */
async function proofFromTiles(
  primitives: Primitives,
  source: LogSource,
  { old, size }: { readonly old: number; readonly size: number },
): Promise<readonly Uint8Array[]> {
  const hashOf = async (range: Range): Promise<Uint8Array> => {
    const hashes: Uint8Array[] = [];
    for (const subtree of subtreesOf(range)) {
      const { level, index } = placeOf(subtree);
      const tile = await source.tile({ level, index, width: widthIn(size, level, index) });
      hashes.push(hashIn(primitives, tile, subtree));
    }
    return joined(primitives, hashes);
  };
  const proof: Uint8Array[] = [];
  for (const range of consistencyRanges(old, size)) proof.push(await hashOf(range));
  return proof;
}

export interface Visit {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly url: string;
  readonly node: Key;
  readonly by: NamedKey;
}

/** Brings signed notes as a stranger: a witness needs no account on the node that it watches. */
export function bringTo({ env, primitives, url, node, by }: Visit): Watched['bring'] {
  return async (note) => {
    const session = await openAuth({
      env,
      primitives,
      link: socketTo(`${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/auth`),
      node,
      device: await signKeyOf(primitives, env.random(32)),
      blessing: null,
      events: { changed: () => {}, ended: () => {} },
    });
    try {
      await session.facet(namesApi, {}).cosign({ note });
    } catch (thrown) {
      if (asFault(thrown).code !== 'forbidden') throw thrown;
      const word = writeKey(primitives, by);
      throw new Fault('forbidden', `Its admin must take you first: copse cosigners add ${word}`);
    } finally {
      session.close();
    }
  };
}
