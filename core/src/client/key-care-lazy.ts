/** The care for keys as the home has it: loaded when there is first something to do (`key-care.ts`). */

import type { SiteId } from '../base/ids.ts';
import type { SiteRow } from '../api/auth-basics.ts';
import { permission } from '../api/model.ts';
import type { KeyCare, KeyCareOwner } from './key-care.ts';
import type { KeyState } from './key-state.ts';
import type { SiteSecrets } from './site-keys.ts';

interface Rotating {
  readonly site: SiteId;
  readonly history: boolean | null;
  readonly how: 'next' | 'anew' | 'follow';
}

export class LazyKeyCare {
  readonly #owner: KeyCareOwner;
  #care: Promise<KeyCare> | null = null;
  #isStopped = false;

  constructor(owner: KeyCareOwner) {
    this.#owner = owner;
  }

  get(): Promise<KeyCare> {
    this.#care ??= import('./key-care.ts').then(({ KeyCare: Care }) => new Care(this.#owner));
    return this.#care;
  }

  /** Something may wait for this device: in a site, for admins of it only. */
  wake(site: SiteId | null): void {
    const mayRekey =
      site === null || ((this.#owner.directory().get(site)?.row.permissions ?? 0) & permission.admin) !== 0;
    if (mayRekey && !this.#isStopped) void this.get().then((care) => care.wake(), this.#onFailed);
  }

  /** The module could not be loaded; it is tried again with the next need. */
  readonly #onFailed = (): void => {
    this.#care = null;
  };

  /** A new site of this user, when she has stated a key to which its keys can be sealed: a program may end now. */
  async settled(joined: Promise<SiteId>): Promise<SiteId> {
    const site = await joined;
    if (!this.#isStopped) await (await this.get()).settle();
    return site;
  }

  async newestKey(row: SiteRow): Promise<SiteSecrets | null> {
    return (await this.get()).newestKey(row);
  }

  async seek(site: SiteId, epochs: readonly number[]): Promise<void> {
    if (!this.#isStopped && epochs.length > 0) await (await this.get()).seek(site, epochs);
  }

  async rotate({ site, history, how }: Rotating): Promise<{ readonly epoch: number }> {
    const care = await this.get();
    if (how === 'follow') return { epoch: await care.follow(site) };
    const { epoch } = await care.rotate(site, { history, anew: how === 'anew' });
    return { epoch };
  }

  async state(site: SiteId): Promise<KeyState> {
    return (await this.get()).state(site);
  }

  /** A site that has its first key has no history to cut. */
  async prepareInvitation(site: SiteId): Promise<void> {
    const epoch = this.#owner.directory().get(site)?.keys.epoch ?? 1;
    if (epoch > 1) await (await this.get()).prepareInvitation(site);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await (await this.#care)?.stop();
  }
}
