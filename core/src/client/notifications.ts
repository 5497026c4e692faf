/**
 * Notifications of this device as an application uses them (SPEC I7, I8, I15, I20): where it is reached, what it hears
 * of each site, the hours in which its user hears nothing, and what became of what was sent. How a browser gets an
 * address is in `browser/push.ts`; any other program may have one of its own (UnifiedPush is the same thing).
 */

import type { Env } from '../base/env.ts';
import type { SiteId } from '../base/ids.ts';
import { digestApi, type DigestApi, type DigestRemote } from '../api/digest.ts';
import { noticesApi, type NoticeRow, type NoticesApi, type NoticesRemote } from '../api/notices.ts';
import { deadLettersPageMax } from '../base/limits-notify.ts';
import type { Letter, Level, QuietSpec, Told } from '../api/notify.ts';
import { fromHex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { postsSeenMax } from '../base/limits-notify.ts';
import { neighbourIn } from '../social/subscriptions/neighbourhood.ts';
import type { NoticePostRow } from './notice-posts.ts';
import { tunnelled, type Carry } from './facet-tunnel.ts';
import { Cell, type Store } from './store.ts';

export type { Level };
export type QuietHours = QuietSpec;
type Page = Awaited<ReturnType<NoticesApi['desk']>>;
export type AddressState = Page['state'];

/** What this device hears of a site. */
export interface SiteLevel {
  readonly site: SiteId;
  readonly level: Level;
  /** What counts instead: until then by the clock of this device, or until it is changed. */
  readonly override: { readonly level: 'all' | 'none'; readonly untilMs: number | null } | null;
}

export interface NotificationsState {
  /** Key by which push services know the node; null: it does not notify. */
  readonly pushKey: Uint8Array | null;
  /** Where this device is reached; null: nowhere, and it hears nothing. */
  readonly address: string | null;
  /** Of the address: what was sent last came through, or did not, or nobody is there any more. */
  readonly state: AddressState;
  /** Of the user, for all of her devices. */
  readonly quiet: QuietHours | null;
  readonly sites: readonly SiteLevel[];
  /** What it hears of the neighbourhood, a place beside the sites; null: it is reached nowhere. */
  readonly neighbourhood: SiteLevel | null;
}

/** Where a push service takes messages for this device, as its subscription says it (RFC 8291). */
export interface PushAddress {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: Uint8Array; readonly auth: Uint8Array };
}

export type TestAnswer = Awaited<ReturnType<NoticesApi['test']>>;

/** By e-mail what waits: whether the node sends any, and where it goes after how many hours; null: nowhere. */
export type DigestState = Awaited<ReturnType<DigestApi['state']>>;

/** Something that was sent to a device of this user, or why it was not. */
export type NoticeTold = Told;

/** A notification of any user that could not be delivered, for an admin of the node. */
export type DeadLetter = Letter;

export class Notifications {
  readonly #env: Env;
  readonly #remote: NoticesRemote;
  readonly #digest: DigestRemote;
  readonly #state = new Cell<NotificationsState | null>(null);
  /** Looks under way: what an older one brings is void. */
  #looks = 0;

  constructor(env: Env, pass: Carry) {
    this.#env = env;
    this.#remote = tunnelled(noticesApi, pass);
    this.#digest = tunnelled(digestApi, pass);
  }

  /** What the node said last; null until it has been asked. */
  get state(): Store<NotificationsState | null> {
    return this.#state;
  }

  /** Asks the node. Other devices and tabs of this user are not heard otherwise. */
  async look(): Promise<NotificationsState> {
    const turn = ++this.#looks;
    const first = await this.#remote.desk({ after: null });
    const { pushKey, address, state, quiet } = first;
    const rows = [...first.rows];
    for (let { more } = first; more !== null;) {
      const page: Page = await this.#remote.desk({ after: more });
      rows.push(...page.rows);
      more = page.more;
    }
    const wallMs = this.#env.wallMs();
    const levels = rows.map((row) => levelOf(row, wallMs));
    const sites = levels.filter(({ site }) => neighbourIn(site) === null);
    const neighbourhood = levels.find(({ site }) => neighbourIn(site) !== null) ?? null;
    const now = { pushKey: pushKey?.slice() ?? null, address, state, quiet, sites, neighbourhood };
    if (turn === this.#looks) this.#state.set(now);
    return now;
  }

  /** This device is reached there from now on, and hears of all sites of its user; repeating it changes nothing. */
  async subscribe({ endpoint, keys }: PushAddress): Promise<void> {
    await this.#remote.subscribe({ url: endpoint, ...keys });
    await this.look();
  }

  /** This device hears nothing any more; its levels are forgotten. */
  async unsubscribe(): Promise<void> {
    await this.#remote.unsubscribe({});
    await this.look();
  }

  /** What this device hears of a site, or of the neighbourhood, from now on. */
  async level(site: SiteId, level: Level): Promise<void> {
    await this.#remote.level({ site, level });
    await this.look();
  }

  /** Nothing of a site for so long; 0: until it is changed. */
  async mute(site: SiteId, durationMs: number): Promise<void> {
    await this.#remote.mute({ site, durationMs });
    await this.look();
  }

  /** Everything of a site for so long; 0: its level counts again. */
  async unmute(site: SiteId, durationMs: number = 0): Promise<void> {
    await this.#remote.unmute({ site, durationMs });
    await this.look();
  }

  /** Hours in which none of this user's devices is notified; null: none. */
  async quiet(hours: QuietHours | null): Promise<void> {
    await this.#remote.quiet({ hours });
    await this.look();
  }

  /** Sends a notification to this device now; answers what its push service said. */
  async test(): Promise<TestAnswer> {
    const answer = await this.#remote.test({});
    await this.look();
    return answer;
  }

  /**
   * In how many logs there is news that this user has not read: the number on the icon, the same on all of her
   * devices. 99 means as many or more.
   */
  async unread(): Promise<number> {
    return (await this.#remote.unread({})).count;
  }

  /**
   * What notifications of the neighbourhood are about, by the lengths that they name, as it was signed. Nobody has
   * checked it: `noticePosts` of `copse/neighbourhood` does.
   */
  async postRows(lengths: readonly number[]): Promise<readonly NoticePostRow[]> {
    return (await this.#remote.posts({ lengths })).rows;
  }

  /**
   * Posts of the neighbourhood that this user has read, on whichever device: what tells of them is taken back, and the
   * number on the icon is without them. `all`: and what came before the last of them to arrive, or all that is
   * here; `knocks`: and who has knocked.
   */
  async readPosts(
    ids: readonly string[],
    { all = false, knocks = false }: { readonly all?: boolean; readonly knocks?: boolean } = {},
  ): Promise<void> {
    for (let at = 0; at === 0 || at < ids.length; at += postsSeenMax) {
      const part = ids.slice(at, at + postsSeenMax).map(idBytes);
      await this.#remote.seen({ ids: part, all, knocks });
    }
  }

  digest(): Promise<DigestState> {
    return this.#digest.state({});
  }

  /** By e-mail what waits from now on, when this user has looked at none of her devices for so long; null: not. */
  async setDigest(to: DigestState['to']): Promise<void> {
    await this.#digest.set({ to });
  }

  /** What was sent to the devices of this user and what not, the newest first. */
  async history(): Promise<readonly NoticeTold[]> {
    return (await this.#remote.told({})).rows;
  }

  /** For an admin of the node: what could not be delivered to whichever device, the oldest first. */
  async deadLetters(): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: Awaited<ReturnType<NoticesApi['letters']>> = await this.#remote.letters({ after });
      letters.push(...page.rows);
      after = page.more;
    }
    return letters;
  }

  /** For an admin of the node: tells the devices of these letters what there is for them now; how many were there. */
  async replay(ids: readonly number[]): Promise<number> {
    let count = 0;
    for (let at = 0; at < ids.length; at += deadLettersPageMax)
      count += (await this.#remote.replay({ ids: ids.slice(at, at + deadLettersPageMax) })).count;
    return count;
  }
}

function idBytes(id: string): Uint8Array {
  const bytes = fromHex(id);
  if (bytes?.length !== ID_BYTES)
    throw new Fault('usage', `An id of a post has 64 hex digits, not \`${id}\`.`);
  return bytes;
}

const ID_BYTES = 32;

function levelOf({ site, level, override }: NoticeRow, wallMs: number): SiteLevel {
  if (override === null) return { site, level, override };
  const { leftMs } = override;
  return {
    site,
    level,
    override: { level: override.level, untilMs: leftMs === 0 ? null : wallMs + leftMs },
  };
}
