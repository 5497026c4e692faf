/**
 * The watch on a node's log (SPEC M9, M10, M12): holds the last checkpoint of the node in the keep, goes on only
 * to one that contains it, checks every leaf that somebody relies on, and notices what is said about the user
 * that this device did not cause. A contradiction is an alarm that stays, and ends all reliance on the log.
 */

import { base64url, equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { keysApi } from '../api/keys.ts';
import { namesApi, type Claim, type NamesRemote } from '../api/names.ts';
import { openUserKey } from '../capability/user-key.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { openChain, isEnd, standingStatements, type ChainLeaf } from '../transparency/chain.ts';
import { logKey, type SignedCheckpoint } from '../transparency/checkpoint.ts';
import { nodeLabel, normalEmail } from '../transparency/label.ts';
import { Pin } from '../transparency/pin.ts';
import type { AuthSession } from './auth-session.ts';
import type { Keep } from './keep.ts';
import { patiently } from './patiently.ts';
import { checkKeyChain, digitsOfKeys, isSameDigits } from './trust.ts';
import { WatchAlarm } from './watch-alarm.ts';
import { answerTo, askEmail, askUser, type AskPage } from './watch-calls.ts';
import { claimIn, isClaimProven, rowAfter } from './watch-claims.ts';
import type { NoticeRow, WatchApi } from './watch-api.ts';
import { WatchRows, type LabelRow } from './watch-rows.ts';

export interface WatchOwner {
  readonly primitives: Primitives;
  readonly keep: Keep;
  readonly node: Key;
  readonly user: Key;
  readonly device: Key;
  readonly session: () => Promise<AuthSession>;
  readonly wallMs: () => number;
  /** The node's log contradicts what it showed before, or its key is revoked. */
  onAlarm(fault: Fault): void;
  /** Somebody has looked into it, and goes on. */
  onCalm(): void;
  onNotice(notice: NoticeRow): void;
}

type Request<Name extends keyof WatchApi> = Parameters<WatchApi[Name]>[0];
type Answer<Name extends keyof WatchApi> = Awaited<ReturnType<WatchApi[Name]>>;

const NOTHING = {};

export class NodeWatch implements WatchApi {
  readonly #owner: WatchOwner;
  readonly #rows: WatchRows;
  #pin: Pin;
  readonly #alarm: WatchAlarm;
  /** Leaves that this device has just caused. */
  readonly #caused = new Set<number>();
  /** Answers are taken one after the other: a log that seems to shrink is one that does. */
  #line: Promise<unknown> = Promise.resolve();

  private constructor(
    owner: WatchOwner,
    rows: WatchRows,
    kept: { readonly pin: Pin; readonly alarm: WatchAlarm },
  ) {
    this.#owner = owner;
    this.#rows = rows;
    this.#pin = kept.pin;
    this.#alarm = kept.alarm;
  }

  static async open(owner: WatchOwner): Promise<NodeWatch> {
    const rows = new WatchRows(owner.keep);
    const pin = await Pin.open(owner.primitives, logKey(owner.node), await rows.note());
    const alarm = await WatchAlarm.open(rows);
    if (alarm.fault !== null) owner.onAlarm(alarm.fault);
    return new NodeWatch(owner, rows, { pin, alarm });
  }

  /** A session has begun: the node shows what it has, and what it says about the user is looked at. */
  connected(): Promise<void> {
    return this.#lookAround(true);
  }

  /** The node says that there is something new about the user. */
  changed(): Promise<void> {
    return this.#lookAround(false);
  }

  /** On its own account: nobody else would ask again. */
  #lookAround(isConnected: boolean): Promise<void> {
    const look = async (): Promise<void> => {
      const names = await this.#names();
      if (isConnected) await this.#advance(names, (await names.checkpoint({})).note);
      await this.#lookAtNode(names);
      await this.#lookAtMe(names);
      if (isConnected) await this.#stateKey(names);
      for (const email of await this.#rows.emails()) await this.#lookAtEmail(names, email);
    };
    return patiently(() => this.#inLine(look));
  }

  /** A call of `watchApi`, as it comes from an application. */
  async call(number: number, bytes: Uint8Array): Promise<Uint8Array> {
    return answerTo(this, number, bytes);
  }

  claim(request: Request<'claim'>): Promise<Answer<'claim'>> {
    return this.#inLine(async () => {
      const names = await this.#names();
      const answer = await names.claim(request);
      await this.#advance(names, (await names.checkpoint({})).note);
      await this.#requireClaim(names, answer.claim);
      if (answer.kind === 'ok') {
        if (!equal(answer.claim.user, this.#owner.user)) throw new Fault('badProof', 'The name is not ours.');
        this.#caused.add(answer.claim.index);
      }
      return answer;
    });
  }

  holder(request: Request<'holder'>): Promise<Answer<'holder'>> {
    return this.#inLine(async () => {
      const names = await this.#names();
      const claim = await names.holder(request);
      if (claim === null) return null;
      await this.#advance(names, (await names.checkpoint({})).note);
      await this.#requireClaim(names, claim);
      return claim;
    });
  }

  claims({ user }: Request<'claims'>): Promise<Answer<'claims'>> {
    return this.#inLine(async () => {
      const chain = await this.#chainOf(await this.#names(), user === null ? this.#owner.user : key(user));
      return chain.flatMap(({ index, leaf }) => claimIn(index, leaf.timeMs, leaf.body)).toReversed();
    });
  }

  keysOf({ email }: Request<'keysOf'>): Promise<Answer<'keysOf'>> {
    return this.#inLine(async () => {
      const names = await this.#names();
      const chain = await this.#chain(names, askEmail(this.#owner.primitives, names, email));
      return standingStatements(chain);
    });
  }

  withdraw({ statement }: Request<'withdraw'>): Promise<object> {
    return this.#inLine(async () => {
      const { index } = await (await this.#names()).withdraw({ statement });
      this.#caused.add(index);
      return NOTHING;
    });
  }

  changeKey({ object }: Request<'changeKey'>): Promise<Answer<'changeKey'>> {
    return this.#inLine(async () => {
      const { index } = await (await this.#names()).changeKey({ object });
      this.#caused.add(index);
      return { index };
    });
  }

  keyOf({ user }: Request<'keyOf'>): Promise<Answer<'keyOf'>> {
    return this.#inLine(async () => {
      for (const { index, leaf } of await this.#chainOf(await this.#names(), key(user))) {
        if (leaf.body.kind !== 'keyChange') continue;
        const change = await openUserKey(this.#owner.primitives, leaf.body.object);
        if (change === null || !equal(change.user, user))
          throw new Fault('badProof', 'She has not signed it.');
        return { index, object: leaf.body.object };
      }
      return null;
    });
  }

  watchEmail({ email, isWanted }: Request<'watchEmail'>): Promise<object> {
    return this.#inLine(async () => {
      const normal = normalEmail(email);
      if (normal === null) throw new Fault('malformed', 'not an e-mail address');
      if (!isWanted) {
        await this.#rows.forgetEmail(normal);
        return NOTHING;
      }
      const names = await this.#names();
      await this.#lookAtEmail(names, normal);
      // Whoever looks the address up from now on finds a key of hers to seal to (SPEC M15).
      await this.#lookAtMe(names);
      await this.#stateKey(names);
      return NOTHING;
    });
  }

  notices(): Promise<Answer<'notices'>> {
    return this.#rows.notices();
  }

  checkpoint(): Promise<Answer<'checkpoint'>> {
    return this.#inLine(async () => {
      const names = await this.#names();
      const { note, witnessed } = await names.checkpoint({});
      await this.#advance(names, note);
      return { note: this.#pin.note ?? note, witnessed };
    });
  }

  requireNode(): Promise<object> {
    return this.#inLine(async () => this.#lookAtNode(await this.#names())).then(() => NOTHING);
  }

  look(): Promise<object> {
    return this.connected().then(() => NOTHING);
  }

  async digitsWith({ user }: Request<'digitsWith'>): Promise<Answer<'digitsWith'>> {
    return { digits: digitsOfKeys(this.#owner.primitives, this.#owner.user, key(user)) };
  }

  check(request: Request<'check'>): Promise<Answer<'check'>> {
    const user = key(request.user.slice());
    return this.#inLine(async () => {
      const chain = await this.#chainOf(await this.#names(), user);
      await checkKeyChain(this.#owner.primitives, user, chain);
      const known = await this.#rows.trust(user);
      if (known === 'compared' || chain.length === 0) return { trust: known };
      await this.#rows.putTrust(user, 'checked', this.#owner.wallMs());
      return { trust: 'checked' };
    });
  }

  async compared({ user, digits: typed }: Request<'compared'>): Promise<Answer<'compared'>> {
    const { digits } = await this.digitsWith({ user });
    const isRight = isSameDigits(digits, typed);
    if (isRight) await this.#rows.putTrust(key(user), 'compared', this.#owner.wallMs());
    return { isRight };
  }

  trustIn(request: Request<'trustIn'>): Promise<Answer<'trustIn'>> {
    const users = request.users.map((user) => key(user.slice()));
    return this.#inLine(() => Promise.all(users.map((user) => this.#rows.trust(user))));
  }

  alarms(): Promise<Answer<'alarms'>> {
    return this.#alarm.all();
  }

  /** What rested on the log is let go, and it begins anew with what the node shows (SPEC M17). */
  async acknowledge(): Promise<object> {
    const emails = await this.#rows.emails();
    const turn = this.#line.then(() => this.#letGo());
    this.#line = turn.catch(() => {});
    await turn;
    const watched = emails.map((email) => this.watchEmail({ email, isWanted: true }));
    const seen = await Promise.allSettled([this.connected(), ...watched]);
    // An address that could not be looked at is watched again as one of which nothing was seen.
    for (const [at, email] of emails.entries())
      if (seen[at + 1]?.status === 'rejected') await this.#rows.putEmail(email, { index: 0, count: 0 });
    return NOTHING;
  }

  async #letGo(): Promise<void> {
    const { primitives, node, wallMs } = this.#owner;
    const { fault } = this.#alarm;
    if (fault === null) return;
    if (fault.code !== 'fork') throw fault;
    await this.#alarm.letGo(fault, wallMs());
    this.#pin = await Pin.open(primitives, logKey(node), null);
    this.#owner.onCalm();
  }

  /** What fails for want of a connection is tried again at the next one. */
  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(async () => {
      await this.#alarm.settle();
      if (this.#alarm.fault !== null) throw this.#alarm.fault;
      return work();
    });
    this.#line = turn.catch(() => {});
    return turn;
  }

  async #names(): Promise<NamesRemote> {
    return (await this.#owner.session()).facet(namesApi, {});
  }

  async #advance(names: NamesRemote, note: string): Promise<SignedCheckpoint> {
    const answer = await this.#pin.advance(
      note,
      async (old, size) => (await names.consistency({ old, size })).proof,
    );
    if (answer.kind === 'fork') {
      const fault = new Fault('fork', `The node showed a checkpoint, and ${answer.why}.`);
      return this.#raise(fault, `${answer.kept}\n\n${answer.shown}`);
    }
    await this.#rows.putNote(note);
    return answer.checkpoint;
  }

  /** Something beside the log contradicts what the node has said before. */
  async alarmed(fault: Fault): Promise<void> {
    if (this.#alarm.fault === null) await this.#raise(fault).catch(() => {});
  }

  async #raise(fault: Fault, evidence = ''): Promise<never> {
    this.#owner.onAlarm(fault);
    await this.#alarm.raise(fault, evidence);
    throw fault;
  }

  async #requireClaim(names: NamesRemote, claim: Claim): Promise<void> {
    const { checkpoint } = this.#pin;
    const { index } = claim;
    const shown = await names.inclusion({ index, size: checkpoint?.size ?? 0 });
    const { primitives, node } = this.#owner;
    const isProven = await isClaimProven(primitives, { claim, checkpoint, node }, shown);
    if (!isProven) throw new Fault('badProof', `${claim.namespace}/${claim.name} is not in the log.`);
  }

  /** All leaves of a label; `until` ends the reading at one that is known. */
  async #chain(names: NamesRemote, ask: AskPage, until = -1): Promise<readonly ChainLeaf[]> {
    const all: ChainLeaf[] = [];
    for (;;) {
      const after = all.at(-1) ?? null;
      const { chain, label } = await ask(after?.index ?? null);
      const checkpoint = await this.#advance(names, chain.note);
      const { node, primitives } = this.#owner;
      const page = await openChain(primitives, { node, checkpoint, label, after }, chain.leaves);
      all.push(...page);
      const last = all.at(-1) ?? null;
      if (isEnd(last) || (last !== null && last.index <= until)) return all;
      if (page.length === 0) throw new Fault('badProof', 'The chain of leaves is cut off.');
    }
  }

  #chainOf(names: NamesRemote, user: Key): Promise<readonly ChainLeaf[]> {
    return this.#chain(names, askUser(this.#owner.primitives, names, user));
  }

  async #lookAtNode(names: NamesRemote): Promise<void> {
    const { node, primitives } = this.#owner;
    const label = nodeLabel(primitives, node);
    const chain = await this.#chain(names, async () => ({ chain: await names.ofNode({}), label }));
    const body = chain[0]?.leaf.body;
    if (body?.kind !== 'nodeRevoked') return;
    // Whoever stole the key could have named the next one as well.
    const { successor } = body;
    const next = successor === null ? '' : ` It names ${base64url(successor)} as its next: ask its admin.`;
    await this.#raise(new Fault('revoked', `The node has revoked its own key.${next}`));
  }

  async #lookAtMe(names: NamesRemote): Promise<void> {
    const known = await this.#rows.ofMe();
    const ask = askUser(this.#owner.primitives, names, this.#owner.user);
    const fresh = await this.#fresh(names, ask, known);
    for (const each of fresh) await this.#notice(each, '');
    if (fresh.length > 0 || known === null) await this.#rows.putMe(rowAfter(fresh, known));
  }

  /** Whoever finds this user in the log finds her newest key there too (SPEC M15). */
  async #stateKey(names: NamesRemote): Promise<void> {
    if (((await this.#rows.ofMe())?.count ?? 0) === 0) return;
    const { statement } = await (await this.#owner.session()).facet(keysApi, {}).userKey({});
    const object = statement.slice();
    if (object.length === 0 || (await this.#rows.isStated(object))) return;
    this.#caused.add((await names.changeKey({ object })).index);
    await this.#lookAtMe(names);
    await this.#rows.putStated(object);
  }

  async #lookAtEmail(names: NamesRemote, email: string): Promise<void> {
    const known = await this.#rows.ofEmail(email);
    const fresh = await this.#fresh(names, askEmail(this.#owner.primitives, names, email), known);
    for (const each of fresh) await this.#notice(each, email);
    if (fresh.length > 0 || known === null) await this.#rows.putEmail(email, rowAfter(fresh, known));
  }

  /**
   * Leaves of a label that are newer than the last look, the oldest first. What was there at the first look is
   * history: a new device has seen none of it. Leaves that were there and are not any more are a fork.
   */
  async #fresh(names: NamesRemote, ask: AskPage, known: LabelRow | null): Promise<readonly ChainLeaf[]> {
    const chain = await this.#chain(names, ask, known?.index ?? -1);
    if (known === null || known.count === 0) return chain.toReversed();
    const then = chain.find(({ link }) => link.count === known.count);
    if (then?.index !== known.index) {
      await this.#raise(new Fault('fork', 'What the log said about this user is not there any more.'));
    }
    return chain.filter(({ link }) => link.count > known.count).toReversed();
  }

  async #notice({ index, leaf }: ChainLeaf, email: string): Promise<void> {
    const { body, timeMs } = leaf;
    if (this.#caused.has(index) || (await this.#rows.isFirstLook(email))) return;
    if (body.kind === 'statement' && equal(body.device, this.#owner.device)) return;
    const isMine = body.kind !== 'nodeRevoked' && equal(body.user, this.#owner.user);
    // About the user herself it is noticed under her own label.
    if (email !== '' && isMine) return;
    const about = body.kind === 'claim' ? `${body.namespace}/${body.name}` : email;
    const notice = { index, kind: body.kind, timeMs, about, isMine };
    await this.#rows.addNotice(notice);
    this.#owner.onNotice(notice);
  }
}
