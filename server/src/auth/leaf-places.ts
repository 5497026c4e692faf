/**
 * Where the drafts of one batch go: the place of each under its labels, its number among the claims of its
 * namespace, and whether it may be at all. What the batch itself has placed counts as if it stood already.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { claimsPerUserMax } from 'copse/internal/base/limits.ts';
import { openUserKey } from 'copse/internal/capability/user-key.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Label } from 'copse/internal/transparency/label.ts';
import {
  labelsOf,
  openLeaf,
  type Leaf,
  type LeafBody,
  type LabelLink,
} from 'copse/internal/transparency/leaf.ts';
import type { LabelHead, StoredClaim, Tlog } from '../store/tlog.ts';
import type { Added } from './node-log.ts';

/** A leaf to be: its body, where only a claim's number is not known yet, and the label of its e-mail address. */
export interface Draft {
  readonly body: LeafBody;
  readonly email: Label | null;
}

export interface Placed {
  readonly kind: 'placed';
  readonly draft: Draft;
  readonly leaf: Omit<Leaf, 'node'>;
  readonly claim: Omit<StoredClaim, 'index'> | null;
  readonly added: Added;
}

type Outcome =
  | Placed
  /** A leaf says it already, or makes it impossible. */
  | { readonly kind: 'there'; readonly added: Added }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** Leaves of a label that are looked at for the one that decides; who has more waits for an operator. */
const STEPS_MAX = 65_536;

export class LeafPlaces {
  readonly #tlog: Tlog;
  readonly #primitives: Primitives;
  readonly #headByLabel = new Map<string, LabelHead | null>();
  readonly #claimByName = new Map<string, StoredClaim>();
  readonly #numberByNamespace = new Map<string, number>();
  readonly #claimsByUser = new Map<string, number>();
  readonly #withdrawn = new Set<number>();
  readonly #changeByUser = new Map<string, { readonly index: number; readonly object: Uint8Array }>();
  #next: number;

  private constructor(tlog: Tlog, primitives: Primitives) {
    this.#tlog = tlog;
    this.#primitives = primitives;
    this.#next = tlog.size;
  }

  static async open(tlog: Tlog, primitives: Primitives, drafts: readonly Draft[]): Promise<LeafPlaces> {
    const places = new LeafPlaces(tlog, primitives);
    const labels = drafts.flatMap((draft) => places.#labels(draft));
    const heads = await tlog.heads(labels);
    labels.forEach((label, i) => places.#headByLabel.set(hex(label), heads[i] ?? null));
    return places;
  }

  #labels({ body, email }: Draft): readonly Label[] {
    return labelsOf(this.#primitives, body).map((label) => {
      if (label !== null) return label;
      if (email === null) throw new Fault('internal', 'a statement without an address');
      return email;
    });
  }

  async place(draft: Draft, timeMs: number): Promise<Outcome> {
    switch (draft.body.kind) {
      case 'claim':
        return this.#placeClaim(draft, draft.body, timeMs);
      case 'withdrawal':
        return this.#placeWithdrawal(draft, draft.body, timeMs);
      case 'keyChange':
        return this.#placeKeyChange(draft, draft.body, timeMs);
      default:
        return this.#put(draft, draft.body, timeMs);
    }
  }

  #put(draft: Draft, body: LeafBody, timeMs: number): Placed {
    const index = this.#next++;
    const links = this.#labels(draft).map((label): LabelLink => {
      const head = this.#headByLabel.get(hex(label)) ?? null;
      const count = (head?.count ?? 0) + 1;
      this.#headByLabel.set(hex(label), { last: index, count });
      return { label, previous: head?.last ?? null, count };
    });
    const number = body.kind === 'claim' ? body.number : 0;
    const added = { kind: 'ok', index, timeMs, number } as const;
    return { kind: 'placed', draft, leaf: { links, timeMs, body }, claim: null, added };
  }

  async #placeClaim(
    draft: Draft,
    body: Extract<LeafBody, { readonly kind: 'claim' }>,
    timeMs: number,
  ): Promise<Outcome> {
    const { namespace, name } = body;
    const user = hex(body.user);
    const place = `${namespace}\n${name}`;
    const held = this.#claimByName.get(place) ?? (await this.#tlog.claim(namespace, name));
    if (held !== null) {
      if (held.user !== user) return { kind: 'there', added: { kind: 'taken', claim: held } };
      const { index, number } = held;
      return { kind: 'there', added: { kind: 'ok', index, number, timeMs: held.timeMs } };
    }
    const count = this.#claimsByUser.get(user) ?? (await this.#tlog.claimsOf(user, claimsPerUserMax)).length;
    if (count >= claimsPerUserMax) return { kind: 'refused', fault: new Fault('full', 'names of one user') };
    this.#claimsByUser.set(user, count + 1);
    const last = this.#numberByNamespace.get(namespace) ?? (await this.#tlog.lastNumber(namespace));
    const number = last + 1;
    this.#numberByNamespace.set(namespace, number);
    const placed = this.#put(draft, { ...body, number }, timeMs);
    const claim = { namespace, name, number, user, timeMs };
    this.#claimByName.set(place, { ...claim, index: this.#next - 1 });
    return { ...placed, claim };
  }

  /** The statement stands, is about this user, and nobody has withdrawn it. */
  async #placeWithdrawal(
    draft: Draft,
    body: Extract<LeafBody, { readonly kind: 'withdrawal' }>,
    timeMs: number,
  ): Promise<Outcome> {
    const label = this.#labels(draft)[0];
    if (label === undefined || this.#withdrawn.has(body.statement)) return unknownStatement();
    for await (const { index, leaf } of this.#back(label)) {
      const found = leaf.body;
      if (found.kind === 'withdrawal' && found.statement === body.statement) return unknownStatement();
      if (index !== body.statement) continue;
      if (found.kind !== 'statement' || !equal(found.user, body.user)) return unknownStatement();
      this.#withdrawn.add(body.statement);
      return this.#put(draft, body, timeMs);
    }
    return unknownStatement();
  }

  async #placeKeyChange(
    draft: Draft,
    body: Extract<LeafBody, { readonly kind: 'keyChange' }>,
    timeMs: number,
  ): Promise<Outcome> {
    const change = await openUserKey(this.#primitives, body.object);
    if (change === null || !equal(change.user, body.user)) {
      return { kind: 'refused', fault: new Fault('badProof', 'the key change') };
    }
    const last = this.#changeByUser.get(hex(body.user)) ?? (await this.#lastChange(draft));
    if (last !== null && equal(last.object, body.object)) {
      return { kind: 'there', added: { kind: 'ok', index: last.index, number: 0, timeMs } };
    }
    const before = last === null ? null : await openUserKey(this.#primitives, last.object);
    if (change.generation <= (before?.generation ?? 0)) {
      return { kind: 'refused', fault: new Fault('taken', `generation ${change.generation} of the key`) };
    }
    const placed = this.#put(draft, body, timeMs);
    this.#changeByUser.set(hex(body.user), { index: this.#next - 1, object: body.object });
    return placed;
  }

  async #lastChange(draft: Draft): Promise<{ readonly index: number; readonly object: Uint8Array } | null> {
    const label = this.#labels(draft)[0];
    if (label === undefined) return null;
    for await (const { index, leaf } of this.#back(label)) {
      if (leaf.body.kind === 'keyChange') return { index, object: leaf.body.object };
    }
    return null;
  }

  /** The durable leaves of a label, the newest first. */
  async *#back(label: Label): AsyncGenerator<{ readonly index: number; readonly leaf: Leaf }> {
    const [head] = await this.#tlog.heads([label]);
    yield* leavesBack(this.#tlog, this.#primitives, { label, from: head?.last ?? null });
  }
}

function unknownStatement(): Outcome {
  return { kind: 'refused', fault: new Fault('unknown', 'no such statement stands') };
}

export interface LeafBefore {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly leaf: Leaf;
}

/** The leaves of a label from one on, the newest first. */
export async function* leavesBack(
  tlog: Tlog,
  primitives: Primitives,
  { label, from }: { readonly label: Label; readonly from: number | null },
): AsyncGenerator<LeafBefore> {
  let index = from;
  for (let step = 0; index !== null; step++) {
    if (step >= STEPS_MAX) throw new Fault('tooMany', 'leaves about one user or address');
    const [bytes] = await tlog.leaves([index]);
    const leaf = bytes === undefined ? null : await openLeaf(primitives, bytes);
    if (bytes === undefined || leaf === null) throw new Fault('corrupt', `leaf ${index}`);
    yield { index, bytes, leaf };
    index = leaf.links.find((link) => equal(link.label, label))?.previous ?? null;
  }
}
