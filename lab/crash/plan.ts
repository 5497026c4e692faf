/**
 * A trace of authors typing at once (josephg/editing-traces: `txns` with `parents` and `agent`) as what each of them
 * appends: the update of Yjs that a keystroke makes in a document that holds exactly what the author had seen, and how
 * much of the others that was. In whatever order the updates stand in a log, they make `endContent`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { applyUpdate, Doc } from 'yjs';
import { assert, must } from 'copse/internal/base/assert.ts';
import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';

export interface Transaction {
  readonly parents: readonly number[];
  readonly agent: number;
  readonly patches: readonly (readonly [at: number, removed: number, inserted: string])[];
}

export interface ConcurrentTrace {
  readonly endContent: string;
  readonly txns: readonly Transaction[];
}

export interface Step {
  /** Of each author, how many of her steps this one rests on. */
  readonly needs: readonly number[];
  /** The update, base64url. */
  readonly update: string;
}

export interface Plan {
  /** Steps by author, in her order. */
  readonly authors: readonly (readonly Step[])[];
  readonly end: string;
}

export function readTrace(path: string): ConcurrentTrace {
  assert(existsSync(path), `there is no trace ${path}`);
  return JSON.parse(new TextDecoder().decode(gunzipSync(readFileSync(path))));
}

export function readPlan(path: string): Plan {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** `limit` transactions, or all with 0; with all the end is the trace's own word. */
export function planOf({ txns, endContent }: ConcurrentTrace, limit = 0): Plan {
  const played = limit === 0 ? txns : txns.slice(0, limit);
  const count = Math.max(...txns.map(({ agent }) => agent)) + 1;
  const authors = Array.from({ length: count }, (_, agent) => new Author(agent, count));
  const seenByTxn: (readonly number[])[] = [];
  for (const [n, { parents, agent, patches }] of played.entries()) {
    const author = must(authors[agent], 'every agent types');
    const needs = authors.map((_, a) => Math.max(0, ...parents.map((parent) => seenByTxn[parent]?.[a] ?? 0)));
    assert(needs[agent] === author.steps.length, `transaction ${n} rests on all of its author's`);
    author.see(authors, needs);
    author.type(patches, needs);
    seenByTxn.push(needs.with(agent, author.steps.length));
  }
  const plan = { authors: authors.map(({ steps }) => steps), end: endContent };
  return limit === 0 ? plan : { ...plan, end: contentOf(plan.authors.flat().map(({ update }) => update)) };
}

/** What these updates make, in whatever order they come. */
export function contentOf(updates: readonly string[]): string {
  const doc = new Doc();
  doc.transact(() => {
    for (const update of updates) applyUpdate(doc, must(fromBase64url(update), 'an update is base64url'));
  });
  return doc.getText(TEXT).toJSON();
}

const TEXT = 'text';

class Author {
  readonly steps: Step[] = [];
  readonly #doc = new Doc();
  readonly #agent: number;
  readonly #seen: number[];

  constructor(agent: number, count: number) {
    this.#agent = agent;
    this.#seen = Array.from({ length: count }, () => 0);
    // Whose words come first where two begin at one place: as in the traces, the lower number's.
    this.#doc.clientID = agent + 1;
  }

  see(authors: readonly Author[], needs: readonly number[]): void {
    for (const [a, other] of authors.entries()) {
      const from = this.#seen[a] ?? 0;
      const to = needs[a] ?? 0;
      if (a === this.#agent || to <= from) continue;
      for (const { update } of other.steps.slice(from, to)) {
        applyUpdate(this.#doc, must(fromBase64url(update), 'an update is base64url'));
      }
      this.#seen[a] = to;
    }
  }

  type(patches: Transaction['patches'], needs: readonly number[]): void {
    const made: Uint8Array[] = [];
    const hear = (update: Uint8Array): number => made.push(update);
    this.#doc.on('update', hear);
    this.#doc.transact(() => {
      const text = this.#doc.getText(TEXT);
      for (const [at, removed, inserted] of patches) {
        if (removed > 0) text.delete(at, removed);
        // Positions count code points, and Yjs counts units of UTF-16.
        assert(!/[\ud800-\udfff]/.test(inserted), 'a trace is of characters of one unit');
        if (inserted !== '') text.insert(at, inserted);
      }
    });
    this.#doc.off('update', hear);
    this.steps.push({ needs, update: base64url(made[0] ?? NO_UPDATE) });
  }
}

/** The update that changes nothing: no structs, no deletions. */
const NO_UPDATE = Uint8Array.of(0, 0);
