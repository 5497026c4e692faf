/**
 * By which tags this device's user is mentioned (SPEC I1, I19): hers and everybody's, under the newest two keys of
 * each site, because entries under the one before may still be on their way. The node is asked what it holds, so
 * that nothing has to be remembered here and a node that was set back is told again.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { SiteId, UserId } from '../base/ids.ts';
import { mentionTagBytes } from '../base/limits-mentions.ts';
import { hex } from '../base/bytes.ts';
import { noticesApi, type NoticesRemote } from '../api/notices.ts';
import type { AuthSession } from './auth-session.ts';
import type { Keep } from './keep.ts';
import { isListening } from './listening.ts';
import { EVERYONE } from './news-of.ts';
import type { SiteKeys } from './site-keys.ts';

export interface MentionTagsOwner {
  readonly env: Env;
  readonly keep: Keep;
  readonly user: UserId;
  sites(): readonly { readonly keys: SiteKeys }[];
  session(): Promise<Pick<AuthSession, 'facet'>>;
}

/** Keys and sites come several at a time. */
const SOON_MS = 500;
const AGAIN_MS = 30_000;
const EPOCHS = 2;

export class MentionTags {
  readonly #owner: MentionTagsOwner;
  #timer: Timer | null = null;
  #telling: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(owner: MentionTagsOwner) {
    this.#owner = owner;
  }

  /** A site or a key may be new. */
  async touch(): Promise<void> {
    if (await isListening(this.#owner.keep)) this.#in(SOON_MS);
  }

  /** The same at once: resolves when the node was asked and told, as far as it could be. */
  async now(): Promise<void> {
    await this.touch();
    if (this.#timer === null) return;
    this.#timer.cancel();
    this.#timer = null;
    await this.#next();
  }

  #next(): Promise<void> {
    this.#telling = this.#telling.then(() => this.#tellAll());
    return this.#telling;
  }

  #in(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#owner.env.after(delayMs, () => {
      this.#timer = null;
      void this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#telling;
  }

  async #tellAll(): Promise<void> {
    const { env } = this.#owner;
    try {
      await this.#tell((await this.#owner.session()).facet(noticesApi, {}));
    } catch (thrown) {
      const { code, retry } = asFault(thrown);
      env.log('info', 'notices.tags', { fault: code });
      if (retry !== 'never' && this.#timer === null) this.#in(AGAIN_MS);
    }
  }

  async #tell(notices: NoticesRemote): Promise<void> {
    const held = await heldTags(notices);
    for (const { keys } of this.#owner.sites()) {
      const now = held?.get(keys.site);
      const tags = tagsOf(keys, this.#owner.user);
      if (now === undefined || now === namesOf(tags)) continue;
      if (this.#isStopped) return;
      await notices.tags({ site: keys.site, tags });
    }
  }
}

/** What the node holds for this device, by site; null when it reaches it nowhere. */
async function heldTags(notices: NoticesRemote): Promise<ReadonlyMap<SiteId, string> | null> {
  const held = new Map<SiteId, string>();
  let after: SiteId | null = null;
  do {
    const page: Awaited<ReturnType<NoticesRemote['desk']>> = await notices.desk({ after });
    if (page.address === null) return null;
    for (const { site, tags } of page.rows) held.set(site, namesOf(tags));
    after = page.more;
  } while (after !== null);
  return held;
}

/** Of this user and of everybody, under the newest keys that are held. */
export function tagsOf(keys: SiteKeys, user: UserId): readonly Uint8Array[] {
  const epochs = Array.from({ length: EPOCHS }, (_, back) => keys.epoch - back);
  return epochs
    .filter((epoch) => keys.keyAt(epoch) !== undefined)
    .flatMap((epoch) => {
      const both = keys.mentionTags([user, EVERYONE], epoch);
      return [both.subarray(0, mentionTagBytes), both.subarray(mentionTagBytes)];
    });
}

function namesOf(tags: readonly Uint8Array[]): string {
  return tags.map(hex).toSorted().join();
}
