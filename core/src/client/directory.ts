/**
 * The sites of this user as the device knows them: rows from auth, opened with the user's key, kept so
 * that they are there offline too.
 */

import type { Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import { siteRowShape, type SiteRow } from '../api/auth-basics.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { decode, encode } from '../wire/shape.ts';
import type { Identity } from './identity.ts';
import { decodeCopy, type Keep } from './keep.ts';
import { openWith } from './key-ring.ts';
import { keepSecrets, keptSecrets } from './site-keep.ts';
import { SiteKeys, type Label, type SiteSecrets } from './site-keys.ts';

export interface KnownSite {
  readonly row: SiteRow;
  readonly label: Label;
  readonly keys: SiteKeys;
}

export interface DirectoryOwner {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly keep: Keep;
  readonly identity: Identity;
  /** The newest key of a site that has had more than one; null when this user has not been given it yet. */
  newestKey(row: SiteRow): Promise<SiteSecrets | null>;
  /** Gets keys of other epochs that entries name, or gives up in a bounded time. */
  seekKeys(site: SiteId, epochs: readonly number[]): Promise<void>;
  /** A site was opened and is told when this has resolved; its keys may have changed since it was written to. */
  onOpened(site: KnownSite): Promise<void>;
  onSite(site: KnownSite): void;
  onGone(site: SiteId): void;
}

const PREFIX = 'site/';
const NO_LABEL: Label = { title: '', logs: [] };

export class Directory {
  readonly #owner: DirectoryOwner;
  readonly #siteById = new Map<SiteId, KnownSite>();
  /** Rows are taken in one after the other, so that an older one never wins. */
  #last: Promise<void> = Promise.resolve();

  private constructor(owner: DirectoryOwner) {
    this.#owner = owner;
  }

  static async load(owner: DirectoryOwner): Promise<Directory> {
    const directory = new Directory(owner);
    for (const { name, value } of await owner.keep.list(PREFIX)) {
      const row = decodeCopy(siteRowShape, value);
      if (row === null) owner.env.log('warn', 'keep.row', { name });
      else await directory.#open(row, false);
    }
    return directory;
  }

  /** In the order in which the user joined. */
  all(): readonly KnownSite[] {
    return [...this.#siteById.values()].toSorted((a, b) => a.row.joinedMs - b.row.joinedMs);
  }

  get(site: SiteId): KnownSite | undefined {
    return this.#siteById.get(site);
  }

  require(site: SiteId): KnownSite {
    const known = this.#siteById.get(site);
    if (known === undefined) throw new Fault('unknown', 'You are no member of this site.');
    return known;
  }

  /** Everything anew from auth. A keep without room for one site hides none of the others. */
  async refresh(auth: AuthBasics): Promise<void> {
    const gone = new Set(this.#siteById.keys());
    const refusals: Fault[] = [];
    const onRefused = (thrown: unknown): void => void refusals.push(asFault(thrown));
    let after: SiteId | null = null;
    for (;;) {
      const page: Awaited<ReturnType<AuthBasics['sites']>> = await auth.sites({ after });
      for (const row of page.sites) {
        gone.delete(row.site);
        await this.#take(row).catch(onRefused);
      }
      after = page.sites.at(-1)?.site ?? null;
      if (!page.more || after === null) break;
    }
    for (const site of gone) await this.forget(site).catch(onRefused);
    const [refusal] = refusals;
    if (refusal !== undefined) throw refusal;
  }

  /** One site anew from auth. */
  async refreshSite(auth: AuthBasics, site: SiteId): Promise<KnownSite> {
    try {
      await this.#take(await auth.site({ site }));
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'forbidden') await this.forget(site);
      throw thrown;
    }
    return this.require(site);
  }

  #take(view: SiteRow): Promise<void> {
    // A copy: the fields of an answer are views into its message.
    const bytes = encode(siteRowShape, view);
    const row = decode(siteRowShape, bytes);
    return this.#inTurn(async () => {
      const isNew = !this.#siteById.has(row.site);
      const known = await this.#open(row, true);
      if (known === null) return;
      await this.#owner.onOpened(known);
      // Told first: the row is for the next start, and a keep without room does not hide a site.
      this.#owner.onSite(known);
      // While a newer key is not here, the row before is the one that opens at the next start.
      const isOpen = known.keys.epoch >= row.keyEpoch && known.keys.openLabel(row.label) !== null;
      if (isOpen || isNew)
        await this.#owner.keep.write([{ name: PREFIX + row.site, value: bytes }], 'relaxed');
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** `isAsked`: whoever asked asks again when the key cannot be had just now. */
  async #open(row: SiteRow, isAsked: boolean): Promise<KnownSite | null> {
    const keys = await this.#keysOf(row, isAsked);
    if (keys === null) {
      this.#owner.env.log('warn', 'site.envelope', { site: row.site });
      return null;
    }
    const label = keys.openLabel(row.label) ?? this.#siteById.get(row.site)?.label ?? NO_LABEL;
    const known = { row, label, keys };
    this.#siteById.set(row.site, known);
    return known;
  }

  async #keysOf(row: SiteRow, isAsked: boolean): Promise<SiteKeys | null> {
    const { keep } = this.#owner;
    const { site, keyEpoch } = row;
    const held = this.#siteById.get(site)?.keys ?? this.#keysWith(site, await keptSecrets(keep, site));
    // An answer that was overtaken, or a node that was set back, and may have got another key of this epoch since:
    // whoever looks closer knows (SPEC K8).
    if (held !== null && held.epoch >= keyEpoch) {
      if (isAsked) void this.#owner.newestKey(row).catch(() => {});
      return held;
    }
    const secrets = await this.#secretsOf(row, isAsked && held === null);
    if (secrets === null) return held;
    // The first key alone is in the site's own row; what comes after it is kept before it is used.
    if (secrets.epoch > 1)
      await keepSecrets(keep, site, held === null ? [secrets] : [held.newest(), secrets]);
    if (held === null) return this.#keysWith(site, [secrets]);
    held.add(secrets);
    return held;
  }

  #keysWith(site: SiteId, [first, ...others]: readonly SiteSecrets[]): SiteKeys | null {
    if (first === undefined) return null;
    const { primitives, env } = this.#owner;
    const keys = new SiteKeys(primitives, env, site, first);
    for (const secrets of others) keys.add(secrets);
    keys.seek = (epochs) => this.#owner.seekKeys(site, epochs);
    return keys;
  }

  async #secretsOf(row: SiteRow, isNeeded: boolean): Promise<SiteSecrets | null> {
    const { primitives, identity, env } = this.#owner;
    const { site, keyEpoch: epoch } = row;
    if (epoch === 1) return openWith(primitives, identity.ring, { site, epoch }, row.envelope);
    try {
      return await this.#owner.newestKey(row);
    } catch (thrown) {
      const { code, retry } = asFault(thrown);
      env.log('warn', 'site.key', { site, fault: code });
      if (isNeeded && retry !== 'never') throw thrown;
      return null;
    }
  }

  forget(site: SiteId): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#siteById.delete(site)) return;
      this.#owner.onGone(site);
      await this.#owner.keep.write([{ name: PREFIX + site, value: null }], 'relaxed');
    });
  }
}
