/**
 * The calls about names and the log of the node (SPEC M6, M11-M13). Every answer about a user or an address is
 * a chain of leaves with proofs under a signed checkpoint; nothing is left for the asker to believe but that
 * the node does not hide the newest leaf, which the user's own devices see.
 */

import type { Chain, Claim, NamesApi, ProvenLeaf } from 'copse/internal/api/names.ts';
import { equal, fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type UserId } from 'copse/internal/base/ids.ts';
import {
  claimsPerUserMax,
  cosignersMax,
  emailLookersMax,
  emailLooksBurst,
  emailLooksPerMinute,
  leavesPerPageMax,
} from 'copse/internal/base/limits.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { isNamespace, normalName, remarksOn, skeletonOf } from 'copse/internal/transparency/claim-name.ts';
import {
  emailLabel,
  nodeLabel,
  normalEmail,
  openingOf,
  userLabel,
  type Label,
} from 'copse/internal/transparency/label.ts';
import { openLeaf } from 'copse/internal/transparency/leaf.ts';
import { consistencyRanges, inclusionRanges } from 'copse/internal/crypto/merkle.ts';
import { readKey, writeKey } from 'copse/internal/transparency/note.ts';
import type { StoredClaim } from '../store/tlog.ts';
import type { Gate } from './gate.ts';
import { leavesBack } from './leaf-places.ts';
import type { NodeLog } from './node-log.ts';
import { takeCosignatures } from './cosignatures.ts';

/** What all sessions share of it. */
export interface NamesParts {
  readonly log: NodeLog;
  /** From which the openings of e-mail addresses come. */
  readonly openings: Uint8Array;
  readonly looks: EmailLooks;
}

type Request<Name extends keyof NamesApi> = Parameters<NamesApi[Name]>[0];
type Answer<Name extends keyof NamesApi> = Awaited<ReturnType<NamesApi[Name]>>;

const NOTHING = {};
const ALIKE_SHOWN = 4;

export class NamesFacet implements NamesApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async checkpoint(): Promise<Answer<'checkpoint'>> {
    await this.#gate.anyone();
    const witnessed = await this.#log.tlog.note('witnessed');
    return { note: this.#log.note.text, witnessed: witnessed?.text ?? null };
  }

  async consistency({ old, size }: Request<'consistency'>): Promise<Answer<'consistency'>> {
    await this.#gate.anyone();
    if (old > size || size > this.#log.note.size)
      throw new Fault('unknown', 'the log of the node is not that far');
    return { proof: await this.#log.hashesOf(consistencyRanges(old, size)) };
  }

  async inclusion({ index, size }: Request<'inclusion'>): Promise<ProvenLeaf> {
    await this.#gate.anyone();
    if (index >= size || size > this.#log.note.size)
      throw new Fault('unknown', 'the log of the node is not that far');
    const [leaf] = await this.#log.tlog.leaves([index]);
    return this.#proven(index, must(leaf, 'a leaf'), size);
  }

  async claim({ namespace, name: spelling }: Request<'claim'>): Promise<Answer<'claim'>> {
    const who = await this.#gate.user();
    const name = normalName(spelling);
    if (name === null || !isNamespace(namespace))
      throw new Fault('malformed', 'a name that nobody can claim');
    const alike = await this.#log.tlog.lookAlikes(namespace, skeletonOf(name), ALIKE_SHOWN + 1);
    const body = { kind: 'claim', user: who.key, namespace, name, number: 0 } as const;
    const added = await this.#log.add({ body, email: null });
    if (added.kind === 'taken') return { kind: 'taken', claim: claimOf(added.claim) };
    const { index, number, timeMs } = added;
    const others = alike.filter((other) => other !== name).slice(0, ALIKE_SHOWN);
    const remarks = [
      ...remarksOn(name),
      ...others.map((other) => `looks like ${other}, which is somebody's`),
    ];
    this.#tell(who.user);
    return { kind: 'ok', claim: { namespace, name, number, user: who.key, index, timeMs }, remarks };
  }

  async holder({ namespace, name: spelling }: Request<'holder'>): Promise<Claim | null> {
    await this.#gate.user();
    const name = normalName(spelling);
    const found = name === null ? null : await this.#log.tlog.claim(namespace, name);
    return found === null ? null : claimOf(found);
  }

  async claims({ user }: Request<'claims'>): Promise<readonly Claim[]> {
    await this.#gate.user();
    return (await this.#log.tlog.claimsOf(hex(user), claimsPerUserMax)).map(claimOf);
  }

  async ofUser({ user, before }: Request<'ofUser'>): Promise<Chain> {
    await this.#gate.user();
    return this.#chain(userLabel(this.#primitives, key(user)), before);
  }

  async ofEmail({ email: spelling, before }: Request<'ofEmail'>): Promise<Answer<'ofEmail'>> {
    const { user } = await this.#gate.user();
    const { openings, looks } = this.#gate.parts.names;
    looks.take(user);
    const email = normalEmail(spelling);
    if (email === null) throw new Fault('malformed', 'not an e-mail address');
    const opening = openingOf(this.#primitives, openings, email);
    return { opening, chain: await this.#chain(emailLabel(this.#primitives, opening, email), before) };
  }

  async ofNode(): Promise<Chain> {
    await this.#gate.anyone();
    return this.#chain(nodeLabel(this.#primitives, this.#gate.parts.grounds.node), null);
  }

  async withdraw({ statement }: Request<'withdraw'>): Promise<Answer<'withdraw'>> {
    const who = await this.#gate.user();
    const [bytes] = await this.#log.tlog.leaves([statement]);
    const leaf = bytes === undefined ? null : await openLeaf(this.#primitives, bytes);
    if (leaf?.body.kind !== 'statement' || !equal(leaf.body.user, who.key)) throw new Fault('unknown');
    const body = { kind: 'withdrawal', user: who.key, statement } as const;
    return this.#add(who.user, { body, email: leaf.links[0]?.label ?? null });
  }

  async changeKey({ object }: Request<'changeKey'>): Promise<Answer<'changeKey'>> {
    const who = await this.#gate.user();
    const body = { kind: 'keyChange', user: who.key, object: object.slice() } as const;
    return this.#add(who.user, { body, email: null });
  }

  async cosigners(): Promise<Answer<'cosigners'>> {
    await this.#gate.anyone();
    return (await this.#log.tlog.cosigners()).map((cosigner) => writeKey(this.#primitives, cosigner));
  }

  async cosign({ note }: Request<'cosign'>): Promise<object> {
    await this.#gate.anyone();
    const { primitives, env } = this.#gate.parts.grounds;
    await takeCosignatures({ primitives, env, log: this.#log }, note);
    return NOTHING;
  }

  async setCosigner({ key: word, isWanted }: Request<'setCosigner'>): Promise<object> {
    await this.#admin();
    const cosigner = readKey(this.#primitives, word);
    if (cosigner.kind !== 'cosignature') throw new Fault('malformed', 'this key signs no cosignatures');
    const { tlog } = this.#log;
    if (!isWanted) {
      if (!(await tlog.removeCosigner(cosigner.name))) throw new Fault('unknown', 'this cosigner');
      return NOTHING;
    }
    const known = await tlog.cosigners();
    const isNew = !known.some(({ name }) => name === cosigner.name);
    if (isNew && known.length >= cosignersMax) throw new Fault('full', 'cosigners');
    await tlog.addCosigner(cosigner);
    return NOTHING;
  }

  async revokeNode({ successor }: Request<'revokeNode'>): Promise<Answer<'revokeNode'>> {
    await this.#admin();
    const { node } = this.#gate.parts.grounds;
    const [head] = await this.#log.tlog.heads([nodeLabel(this.#primitives, node)]);
    if (head !== null && head !== undefined) return { index: head.last };
    const next = successor === null ? null : key(successor.slice());
    const added = await this.#log.add({ body: { kind: 'nodeRevoked', node, successor: next }, email: null });
    // Everybody relies on it, and looks at once.
    this.#gate.parts.reception.live.tellAll({ what: 'names', site: null });
    return { index: added.kind === 'ok' ? added.index : 0 };
  }

  get #log(): NodeLog {
    return this.#gate.parts.names.log;
  }

  get #primitives(): Primitives {
    return this.#gate.parts.grounds.primitives;
  }

  async #admin(): Promise<void> {
    const { user } = await this.#gate.user();
    const known = await this.#gate.parts.grounds.accounts.people.user(user);
    if (known?.admin !== true) throw new Fault('forbidden');
  }

  async #add(user: UserId, draft: Parameters<NodeLog['add']>[0]): Promise<{ readonly index: number }> {
    const added = await this.#log.add(draft);
    if (added.kind === 'taken') throw new Fault('taken');
    this.#tell(user);
    return { index: added.index };
  }

  /** The user's other devices look at what is new about her. */
  #tell(user: UserId): void {
    this.#gate.parts.reception.live.tellUser(user, { what: 'names', site: null }, this.#gate.session);
  }

  /** The leaves of a label under the newest checkpoint, from the newest or from the one before `before`. */
  async #chain(label: Label, before: number | null): Promise<Chain> {
    const { tlog, note } = this.#log;
    const leaves: ProvenLeaf[] = [];
    const [head] = await tlog.heads([label]);
    const from = before ?? head?.last ?? null;
    for await (const { index, bytes, leaf } of leavesBack(tlog, this.#primitives, { label, from })) {
      if (!leaf.links.some((link) => equal(link.label, label))) throw new Fault('unknown', 'another label');
      // What is durable but not signed yet is seen by the next who asks.
      if (index >= note.size || index === before) continue;
      leaves.push(await this.#proven(index, bytes, note.size));
      if (leaves.length === leavesPerPageMax) break;
    }
    return { note: note.text, leaves };
  }

  async #proven(index: number, leaf: Uint8Array, size: number): Promise<ProvenLeaf> {
    return { index, leaf, proof: await this.#log.hashesOf(inclusionRanges(index, size)) };
  }
}

function claimOf({ user, ...claim }: StoredClaim): Claim {
  return { ...claim, user: key(must(fromHex(user), 'a key in hex')) };
}

/** Questions about e-mail addresses: a meter per user, whatever device asks. */
export class EmailLooks {
  readonly #env: Env;
  readonly #meterByUser = new Cache<UserId, Meter>(emailLookersMax);

  constructor(env: Env) {
    this.#env = env;
  }

  /** Throws `tooMany`. */
  take(user: UserId): void {
    let meter = this.#meterByUser.get(user);
    if (meter === undefined) {
      meter = new Meter(emailLooksPerMinute / 60, emailLooksBurst);
      this.#meterByUser.set(user, meter);
    }
    const waitMs = meter.take(this.#env.nowMs());
    if (waitMs > 0)
      throw new Fault('tooMany', `questions about addresses: again in ${Math.ceil(waitMs / 1000)} s`);
  }
}
