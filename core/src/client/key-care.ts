/**
 * Keys in the background (SPEC K2, K6, K7, K8): this device's part in its user's keys, the re-keying that the node
 * leases to it, and the keys that readers lack. Loaded after a connection is up, in none of the first bytes.
 */

import { pause, type Env, type Timer } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { Key, SiteId } from '../base/ids.ts';
import { keySeekMs, keyWaitMs } from '../base/limits.ts';
import { authActs } from '../api/auth-acts.ts';
import type { SiteRow } from '../api/auth-basics.ts';
import { keysApi, type KeysRemote } from '../api/keys.ts';
import { permission } from '../api/model.ts';
import { rightsApi } from '../api/rights.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { AuthSession } from './auth-session.ts';
import type { Directory } from './directory.ts';
import type { Identity } from './identity.ts';
import type { Keep } from './keep.ts';
import type { KeyState } from './key-state.ts';
import { MentionTags } from './mention-tags.ts';
import { RosterChecks } from './roster-checks.ts';
import {
  follow,
  newestSecrets,
  newestSets,
  pinnedSet,
  setToFollow,
  walkBack,
  type EpochParts,
} from './site-epochs.ts';
import type { SiteSecrets } from './site-keys.ts';
import { admitMembers, rotateSite, type Rotated, type RotationParts, type Wish } from './site-rotation.ts';
import { comebackFault, takeBackAgain } from './taken-back.ts';
import { careForUserKey, type UserKeyParts } from './user-keys.ts';

export interface KeyCareOwner {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly identity: Identity;
  readonly keep: Keep;
  readonly node: Key;
  directory(): Directory;
  session(): Promise<AuthSession>;
  /** The node shows less than it showed before, or what contradicts it. */
  onAlarm(fault: Fault): void;
}

interface CareParts extends RotationParts, UserKeyParts {
  refreshAll(): Promise<void>;
}

/** A key that was sought in vain is sought again after this. */
const SEEK_AGAIN_MS = 30_000;
/** A key that is on its way is asked for this often. */
const LOOK_MS = 500;
/** Work that failed here is left to others for a while. */
const REST_MS = 30_000;
const TRIES = 4;
const nothing = (): void => {};

export class KeyCare {
  readonly #owner: KeyCareOwner;
  /** When keys were sought in vain, by site and epoch. */
  readonly #missed = new Map<string, { readonly ms: number; readonly newest: number }>();
  #caring: Promise<void> | null = null;
  #isWanted = false;
  #restUntilMs = 0;
  #again: Timer | null = null;
  #making: Promise<void> = Promise.resolve();
  /** In which it was made sure that what was taken back still is. */
  #lookedIn: AuthSession | null = null;
  /** In which the newest key of a site was made sure to be the one that is held. */
  readonly #sameIn = new Map<SiteId, AuthSession>();
  #isStopped = false;
  #isSettled = false;
  readonly #checks: RosterChecks;
  /** By which tags this user is mentioned. */
  readonly tags: MentionTags;

  constructor(owner: KeyCareOwner) {
    this.#owner = owner;
    this.tags = new MentionTags({
      env: owner.env,
      keep: owner.keep,
      user: owner.identity.user.id,
      sites: () => owner.directory().all(),
      session: () => owner.session(),
    });
    this.#checks = new RosterChecks(owner.primitives, owner.keep);
  }

  /** Something may wait for this device. */
  wake(): void {
    this.#isWanted = true;
    this.#caring ??= this.#care().finally(() => {
      this.#caring = null;
    });
  }

  /** Nothing is begun any more; resolves when what is under way has stopped. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#again?.cancel();
    await this.#caring;
    await this.tags.stop();
  }

  /** What failed is tried again later, also when nobody says anything. */
  #wakeLater(): void {
    this.#again?.cancel();
    if (this.#isStopped) return;
    this.#again = this.#owner.env.after(REST_MS, () => {
      this.#again = null;
      this.wake();
    });
  }

  async #care(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      try {
        const parts = await this.#parts();
        await this.#takeBackAgain(parts);
        const { generation } = parts.identity.ring.newest;
        await careForUserKey(parts);
        // What did not open until now may open.
        if (parts.identity.ring.newest.generation > generation) await parts.refreshAll();
        await this.#workOff(parts);
      } catch (thrown) {
        this.#owner.env.log('info', 'keys.care', { fault: this.#heard(thrown).code });
        this.#wakeLater();
      }
      await this.tags.touch();
    }
  }

  /** Once in each session, and until nothing waits for a key any more. */
  async #takeBackAgain({ keep, rights }: CareParts): Promise<void> {
    const session = await this.#owner.session();
    if (this.#lookedIn === session) return;
    const onComeback = (): void => this.#owner.onAlarm(comebackFault());
    const { primitives } = this.#owner;
    if (await takeBackAgain({ keep, primitives, rights, onComeback })) this.#wakeLater();
    else this.#lookedIn = session;
  }

  /** Who forgets what it has said is to be known for it (SPEC K8). */
  #heard(thrown: unknown): Fault {
    const fault = asFault(thrown);
    if (fault.code === 'fork') this.#owner.onAlarm(fault);
    return fault;
  }

  /** This user has stated a key, or it is tried again later. */
  async settle(): Promise<void> {
    await this.tags.touch();
    if (this.#isSettled) return;
    try {
      await careForUserKey(await this.#parts());
      this.#isSettled = true;
    } catch (thrown) {
      this.#owner.env.log('info', 'keys.settle', { fault: this.#heard(thrown).code });
      this.#wakeLater();
    }
  }

  async #parts(): Promise<CareParts> {
    const { env, primitives, identity, keep, node } = this.#owner;
    const session = await this.#owner.session();
    const keys: KeysRemote = session.facet(keysApi, {});
    return {
      env,
      primitives,
      identity,
      keep,
      node,
      keys,
      checks: this.#checks,
      rights: session.facet(rightsApi, {}),
      refresh: (site) => this.#owner.directory().refreshSite(session.remote, site),
      refreshAll: () => this.#owner.directory().refresh(session.remote),
      endAgain: async (device) => {
        this.#owner.onAlarm(new Fault('fork', 'A device that you ended was back at the node.'));
        await session.facet(authActs, {}).revokeDevice({ device });
      },
      breathe: async () => {
        await pause(env, 0);
        if (this.#isStopped) throw new Fault('closed');
      },
    };
  }

  /** Takes what the node has for an admin's device, one site after the other. */
  async #workOff(parts: CareParts): Promise<void> {
    const { env } = this.#owner;
    const isAdmin = this.#owner
      .directory()
      .all()
      .some(({ row }) => (row.permissions & permission.admin) !== 0);
    if (!isAdmin) return;
    let staleCount = 0;
    const failed = new Set<SiteId>();
    while (!this.#isStopped && env.nowMs() >= this.#restUntilMs) {
      const { job } = await parts.keys.rekeyTake({});
      if (job === null) return;
      const { site, rotate } = job;
      // Whatever waits was tried once.
      if (failed.has(site)) return this.#leave(parts, site);
      try {
        await this.#alone(async () => {
          // What made this due may be a device of this very user: nothing is sealed to a key that it knows.
          await careForUserKey(parts);
          if (rotate) await rotateSite(parts, site);
          else await admitMembers(parts, site);
        });
      } catch (thrown) {
        const { code } = this.#heard(thrown);
        env.log('info', 'keys.rekey', { site, fault: code });
        // Those behind it come first. What has changed meanwhile is looked at again, but not for ever.
        if (code !== 'stale') failed.add(site);
        else if (++staleCount === TRIES) return this.#leave(parts, site);
      }
      await parts.keys.rekeyReturn({ site });
    }
  }

  /** Others are told when it is given back, so this device does not take it again at once. */
  async #leave(parts: CareParts, site: SiteId): Promise<void> {
    this.#restUntilMs = this.#owner.env.nowMs() + REST_MS;
    this.#wakeLater();
    await parts.keys.rekeyReturn({ site });
  }

  /** One key at a time: two attempts of one device would hand in the parts of one set. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#making.then(work);
    this.#making = turn.then(nothing, nothing);
    return turn;
  }

  /** Makes the next key of a site now. */
  async rotate(site: SiteId, wish: Wish): Promise<Rotated> {
    for (let i = 1; ; i++) {
      const parts = await this.#parts();
      try {
        return await this.#alone(async () => {
          await careForUserKey(parts);
          const rotated = await rotateSite(parts, site, wish);
          await parts.refresh(site);
          await this.tags.touch();
          return rotated;
        });
      } catch (thrown) {
        const fault = this.#heard(thrown);
        if (fault.code !== 'stale') await parts.keys.rekeyReturn({ site }).catch(() => {});
        if (fault.code !== 'stale' || i === TRIES) throw fault;
      }
    }
  }

  /** Follows a key that was made anew although this user has the one before (SPEC K10). */
  async follow(site: SiteId): Promise<number> {
    const parts = await this.#parts();
    const { row, keys } = this.#owner.directory().require(site);
    const sets = (await newestSets(parts, row, keys))?.sets ?? [];
    const set = await setToFollow(parts, sets, keys);
    if (set !== null) await follow(parts.keep, set);
    return (await parts.refresh(site)).keys.epoch;
  }

  async state(site: SiteId): Promise<KeyState> {
    const parts = await this.#parts();
    const { epoch, state, sinceMs, envelope } = await parts.keys.siteKey({ site });
    const history = (await pinnedSet(this.#owner.keep, site))?.history ?? true;
    const held = envelope === null ? 'no' : await this.#heldOf(parts, site, epoch);
    return { epoch, state, sinceMs, history, held };
  }

  async #heldOf(parts: CareParts, site: SiteId, epoch: number): Promise<KeyState['held']> {
    const known = this.#owner.directory().get(site);
    if (known === undefined || known.keys.epoch >= epoch) return 'yes';
    try {
      const sets = (await newestSets(parts, known.row, known.keys))?.sets ?? [];
      return (await setToFollow(parts, sets, known.keys)) === null ? 'yes' : 'anew';
    } catch (thrown) {
      // What the node shows is no key of this site.
      this.#heard(thrown);
      return 'no';
    }
  }

  /** Before somebody is invited to a site without history: what was written until now is not for her. */
  async prepareInvitation(site: SiteId): Promise<void> {
    const pinned = await pinnedSet(this.#owner.keep, site);
    if (pinned?.history === false) await this.rotate(site, {});
  }

  /** The newest key of a site, when this user has been given it and does not have it. */
  async newestKey(row: SiteRow): Promise<SiteSecrets | null> {
    try {
      const parts = await this.#parts();
      if (this.#owner.directory().get(row.site)?.keys.epoch === row.keyEpoch)
        return await this.#same(parts, row);
      const newest = await this.#newest(parts, row);
      // Whoever asked adopts it now; what follows from it is said a moment later.
      await this.tags.touch();
      return newest?.secrets ?? null;
    } catch (thrown) {
      throw this.#heard(thrown);
    }
  }

  /** A node that was set back may have got another key of the same epoch since: looked at once in a session. */
  async #same(parts: CareParts, row: SiteRow): Promise<null> {
    const session = await this.#owner.session();
    if (row.keyEpoch === 1 || this.#sameIn.get(row.site) === session) return null;
    this.#sameIn.set(row.site, session);
    await newestSets(parts, row, this.#owner.directory().require(row.site).keys);
    return null;
  }

  /** It may be sealed to a key of this user that another device has made meanwhile. */
  async #newest(parts: CareParts, row: SiteRow): ReturnType<typeof newestSecrets> {
    const held = this.#owner.directory().get(row.site)?.keys ?? null;
    try {
      return await newestSecrets(parts, row, held);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== 'badProof') throw thrown;
      await careForUserKey(parts);
      return newestSecrets(parts, row, held);
    }
  }

  /** Gets the keys of these epochs, or gives up in a bounded time. */
  async seek(site: SiteId, epochs: readonly number[]): Promise<void> {
    const { env } = this.#owner;
    const fresh = epochs.filter((epoch) => {
      const missed = this.#missed.get(`${site} ${epoch}`);
      // A newer key than was there then may open it.
      if (missed === undefined || missed.newest !== this.#newestOf(site)) return true;
      return env.nowMs() - missed.ms > SEEK_AGAIN_MS;
    });
    if (fresh.length === 0) return;
    // It may be that nobody can seal to this user before she has made her next key.
    this.wake();
    let isOver = false;
    const asked = this.#seekOn(site, fresh, () => isOver || this.#isStopped);
    const isAnswered = await Promise.race([pause(env, keySeekMs).then(() => false), asked]);
    isOver = true;
    const keys = this.#owner.directory().get(site)?.keys;
    for (const epoch of fresh) {
      const name = `${site} ${epoch}`;
      if (keys?.keyAt(epoch) !== undefined) this.#missed.delete(name);
      else if (isAnswered) this.#missed.set(name, { ms: env.nowMs(), newest: this.#newestOf(site) });
    }
  }

  #newestOf(site: SiteId): number {
    return this.#owner.directory().get(site)?.keys.epoch ?? 0;
  }

  /** Through whatever happens to the connection; answers whether the node has been asked to the end. */
  async #seekOn(site: SiteId, epochs: readonly number[], isOver: () => boolean): Promise<boolean> {
    const { env } = this.#owner;
    let looks = Math.ceil(keyWaitMs / LOOK_MS);
    while (!isOver()) {
      try {
        if (await this.#look(site, epochs)) return true;
        looks--;
      } catch (thrown) {
        const { code, retry } = this.#heard(thrown);
        env.log('info', 'keys.seek', { site, fault: code });
        if (retry === 'never') return true;
      }
      if (looks === 0) return true;
      await pause(env, LOOK_MS);
    }
    return false;
  }

  /** Asks the node once; answers whether there is nothing more to wait for. */
  async #look(site: SiteId, epochs: readonly number[]): Promise<boolean> {
    const newest = Math.max(...epochs);
    const parts = await this.#parts();
    const known = this.#owner.directory().get(site);
    if (known !== undefined && known.keys.epoch < newest) await parts.refresh(site);
    if (known !== undefined && known.keys.epoch < newest) return false;
    for (const epoch of epochs.toSorted((a, b) => b - a)) await this.#back(parts, site, epoch);
    return true;
  }

  async #back(parts: EpochParts, site: SiteId, epoch: number): Promise<void> {
    const known = this.#owner.directory().get(site);
    if (known !== undefined) await walkBack(parts, known.row, known.keys, epoch);
  }
}
