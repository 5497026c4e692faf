/**
 * Editing traces of several people typing at once, in the format of josephg/editing-traces: each transaction names
 * those that its author knew. Played with a document per author, as each of them had it.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { applyUpdate, decodeStateVector, Doc, encodeStateVector } from 'yjs';

interface Transaction {
  readonly parents: readonly number[];
  readonly agent: number;
  readonly patches: readonly (readonly [at: number, removed: number, inserted: string])[];
}

export interface ConcurrentTrace {
  readonly endContent: string;
  readonly numAgents: number;
  readonly txns: readonly Transaction[];
}

/** `COPSE_TRACES`, or beside the repository. */
export function tracePath(name: string): string {
  const beside = join(import.meta.dirname, '../../../shared/data/editing-traces');
  return join(process.env['COPSE_TRACES'] ?? beside, `${name}.json.gz`);
}

export function readConcurrent(name: string): ConcurrentTrace {
  return JSON.parse(gunzipSync(readFileSync(tracePath(name))).toString()) as ConcurrentTrace;
}

export interface Change {
  readonly agent: number;
  readonly update: Uint8Array;
  /** What its author had, as clock by client. */
  readonly known: ReadonlyMap<number, number>;
}

/** The change of each transaction, made in the document as its author had it. */
export function changesOf({ numAgents, txns }: ConcurrentTrace): readonly Change[] {
  const changes: Change[] = [];
  const authors = Array.from({ length: numAgents }, (_, agent) => new Author(agent));
  for (const [index, { agent, parents, patches }] of txns.entries()) {
    const author = authors[agent];
    if (author === undefined) throw new Error(`transaction ${index} is of nobody`);
    author.learn(parents, (at) => {
      const change = changes[at];
      const txn = txns[at];
      if (change === undefined || txn === undefined) throw new Error(`transaction ${index} knows the future`);
      return { update: change.update, parents: txn.parents };
    });
    const { known } = author;
    changes.push({ agent, known, update: author.type(index, patches) });
  }
  return changes;
}

/** How much of each client a document has. */
export function clocksOf(doc: Doc): ReadonlyMap<number, number> {
  return decodeStateVector(encodeStateVector(doc));
}

class Author {
  readonly #doc = new Doc();
  readonly #taken = new Set<number>();
  #made: Uint8Array = new Uint8Array();

  constructor(agent: number) {
    this.#doc.clientID = agent + 1;
    this.#doc.on('update', (update: Uint8Array) => (this.#made = update));
  }

  get known(): ReadonlyMap<number, number> {
    return clocksOf(this.#doc);
  }

  /** Takes in transactions, and all that those who made them knew. */
  learn(
    parents: readonly number[],
    of: (at: number) => { readonly update: Uint8Array; readonly parents: readonly number[] },
  ): void {
    const missing = new Set<number>();
    const open = [...parents];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#taken.has(at) || missing.has(at)) continue;
      missing.add(at);
      open.push(...of(at).parents);
    }
    for (const at of [...missing].toSorted((a, b) => a - b)) {
      applyUpdate(this.#doc, of(at).update);
      this.#taken.add(at);
    }
  }

  type(index: number, patches: Transaction['patches']): Uint8Array {
    const text = this.#doc.getText('text');
    this.#doc.transact(() => {
      for (const [at, removed, inserted] of patches) {
        if (removed > 0) text.delete(at, removed);
        if (inserted !== '') text.insert(at, inserted);
      }
    });
    this.#taken.add(index);
    return this.#made;
  }
}
