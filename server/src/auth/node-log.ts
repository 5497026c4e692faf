/**
 * The log of the node at work: the one place that appends to it and signs checkpoints (SPEC M7). What comes in
 * together becomes one batch: the leaves get their places under their labels, are signed, are made durable,
 * and only then a checkpoint over them is signed. A crash at any point leaves a tree of which all that was ever
 * signed is a beginning.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { leavesPendingMax, leavesPerBatchMax, logBatchMs } from 'copse/internal/base/limits.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { logKey, readCheckpoint, signCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { skeletonOf } from 'copse/internal/transparency/claim-name.ts';
import { writeLeaf } from 'copse/internal/transparency/leaf.ts';
import { joined, subtreesOf, type Range } from 'copse/internal/crypto/merkle.ts';
import { readNote, type NamedKey } from 'copse/internal/transparency/note.ts';
import type { NewLeaf, StoredClaim, StoredNote, Tlog } from '../store/tlog.ts';
import { LeafPlaces, type Draft, type Placed } from './leaf-places.ts';

export interface NodeLogOptions {
  readonly tlog: Tlog;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly nodeSeed: Uint8Array;
  readonly node: Key;
}

/** What became of a draft: its leaf, or the leaf that makes another one superfluous or impossible. */
export type Added =
  | { readonly kind: 'ok'; readonly index: number; readonly timeMs: number; readonly number: number }
  | { readonly kind: 'taken'; readonly claim: StoredClaim };

/** Told of every leaf when it stands under a checkpoint. */
export type LeafListener = (draft: Draft, index: number) => void;

interface Job {
  readonly draft: Draft;
  readonly resolve: (added: Added) => void;
  readonly reject: (fault: Fault) => void;
}

export class NodeLog implements AsyncDisposable {
  readonly tlog: Tlog;
  readonly key: NamedKey;
  readonly #options: NodeLogOptions;
  readonly #listeners = new Set<LeafListener>();
  #note: StoredNote;
  #jobs: Job[] = [];
  #working: Promise<void> | null = null;
  #isClosed = false;
  /** Ends the pause before a batch at once. */
  #hurry: () => void = () => {};
  #batches = 0;

  private constructor(options: NodeLogOptions, note: StoredNote) {
    this.#options = options;
    this.tlog = options.tlog;
    this.key = logKey(options.node);
    this.#note = note;
  }

  /** Opens the log; leaves that a crash has left without a checkpoint get one now. */
  static async open(options: NodeLogOptions): Promise<NodeLog> {
    const { tlog } = options;
    const kept = await tlog.note('newest');
    if (kept !== null && kept.size > tlog.size) {
      throw new Fault(
        'corrupt',
        `The log of the node has ${tlog.size} leaves, and a checkpoint of ${kept.size}.`,
      );
    }
    const log = new NodeLog(options, kept ?? { size: 0, text: '', cosignatures: 0 });
    const isCurrent =
      kept?.size === tlog.size && readCheckpoint(readNote(kept.text).text).origin === log.key.name;
    if (!isCurrent) await log.#sign();
    return log;
  }

  /** The newest checkpoint. */
  get note(): StoredNote {
    return this.#note;
  }

  listen(listener: LeafListener): void {
    this.#listeners.add(listener);
  }

  /** Resolves when the leaf stands under a checkpoint. */
  add(draft: Draft): Promise<Added> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new Fault('closed'));
      if (this.#jobs.length >= leavesPendingMax) return reject(new Fault('tooMany', 'leaves of the log'));
      this.#jobs.push({ draft, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** The hashes of ranges of leaves: a root, or the parts of a proof. */
  async hashesOf(ranges: readonly Range[]): Promise<readonly Uint8Array[]> {
    const subtrees = ranges.map((range) => subtreesOf(range));
    const hashes = await this.tlog.hashes(subtrees.flat());
    let at = 0;
    return subtrees.map((of) => joined(this.#options.primitives, hashes.slice(at, (at += of.length))));
  }

  async root(size: number): Promise<Uint8Array> {
    return must((await this.hashesOf([{ from: 0, to: size }]))[0], 'a root');
  }

  /** A cosignature has come: the note of its size, in place of the one without. */
  async putNote(note: StoredNote): Promise<void> {
    await this.tlog.putNote(note);
    if (note.size === this.#note.size) this.#note = note;
  }

  figures(): readonly { readonly name: string; readonly unit: string; readonly value: string }[] {
    return [
      { name: 'logLeaves', unit: '', value: String(this.tlog.size) },
      { name: 'logBatchesTotal', unit: '', value: String(this.#batches) },
    ];
  }

  /** Finishes what was taken; the store belongs to whoever opened it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#hurry();
    await this.#working;
  }

  /** Never rejects: every job is told its own fate. */
  async #work(): Promise<void> {
    await this.#pause();
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs.splice(0, leavesPerBatchMax);
      try {
        await this.#batch(jobs);
      } catch (thrown) {
        const fault = asFault(thrown);
        this.#options.env.log('error', 'log.batch', { fault: fault.code, cause: String(thrown) });
        for (const job of jobs) job.reject(fault);
      }
    }
    this.#working = null;
  }

  /** What comes within a moment shares a batch, and with it the cost of its way to the disk. */
  #pause(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.env.after(logBatchMs, resolve);
      this.#hurry = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #batch(jobs: readonly Job[]): Promise<void> {
    const { env, primitives, nodeSeed, tlog } = this.#options;
    const timeMs = env.wallMs();
    const places = await LeafPlaces.open(
      tlog,
      primitives,
      jobs.map(({ draft }) => draft),
    );
    const told: (() => void)[] = [];
    const placed: Placed[] = [];
    for (const { draft, resolve, reject } of jobs) {
      const outcome = await places.place(draft, timeMs);
      if (outcome.kind === 'refused') told.push(() => reject(outcome.fault));
      else if (outcome.kind === 'there') told.push(() => resolve(outcome.added));
      else {
        placed.push(outcome);
        told.push(() => resolve(outcome.added));
      }
    }
    const first = tlog.size;
    const leaves = await Promise.all(
      placed.map(async ({ leaf, claim }): Promise<NewLeaf> => {
        const bytes = await writeLeaf(primitives, nodeSeed, leaf);
        const skeleton = claim === null ? '' : skeletonOf(claim.name);
        return { bytes, labels: leaf.links, claim: claim === null ? null : { ...claim, skeleton } };
      }),
    );
    if (leaves.length > 0) {
      await tlog.append(leaves);
      await this.#sign();
      this.#batches++;
    }
    for (const tell of told) tell();
    placed.forEach(({ draft }, i) => {
      for (const listener of this.#listeners) listener(draft, first + i);
    });
  }

  /** Signs the tree that is durable now. */
  async #sign(): Promise<void> {
    const { primitives, nodeSeed, tlog } = this.#options;
    const { size } = tlog;
    const root = await this.root(size);
    assert(size >= this.#note.size, 'the tree never shrinks');
    const text = await signCheckpoint(primitives, nodeSeed, this.key, { size, root });
    this.#note = { size, text, cosignatures: 0 };
    await tlog.putNote(this.#note);
  }
}
