/** A desk of notifications in memory, in the place of auth: one device, no time that passes. */

import { must } from 'copse/internal/base/assert.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import { noticesApi, type NoticeRow, type NoticesApi } from 'copse/internal/api/notices.ts';
import type { Letter, QuietSpec } from 'copse/internal/api/notify.ts';
import type { Carry } from 'copse/internal/client/facet-tunnel.ts';
import { decode, encode } from 'copse/internal/wire/shape.ts';

type Desk = Awaited<ReturnType<NoticesApi['desk']>>;

/** Rows in one answer, so that a few sites make several pages. */
const PAGE_ROWS = 2;

export class NoticesDesk {
  /** What it was asked, without the questions that change nothing. */
  readonly heard: string[] = [];
  pushKey: Uint8Array | null = new Uint8Array(65).fill(4);
  address: string | null = null;
  state: Desk['state'] = 'none';
  quiet: QuietSpec | null = null;
  rows = new Map<SiteId, NoticeRow>();
  deadLetters: readonly Letter[] = [];
  /** Logs with news that were not read. */
  unread = 0;
  /** Told before it answers; may throw. */
  onCall: (name: string) => void = () => {};

  listenIn(...sites: readonly SiteId[]): void {
    for (const site of sites) this.rows.set(site, { site, level: 'all', override: null, tags: [] });
  }

  readonly api: NoticesApi = {
    desk: ({ after }) => {
      this.onCall('desk');
      const sorted = [...this.rows.values()].toSorted((a, b) => (a.site < b.site ? -1 : 1));
      const left = sorted.filter(({ site }) => after === null || site > after);
      const rows = left.slice(0, PAGE_ROWS);
      const more = left.length > rows.length ? (rows.at(-1)?.site ?? null) : null;
      const { pushKey, address, state, quiet } = this;
      return { pushKey, address, state, quiet, rows, more };
    },
    subscribe: ({ url }) => {
      this.#note('subscribe', url);
      this.address = url;
      this.state = 'good';
      return {};
    },
    unsubscribe: () => {
      this.#note('unsubscribe');
      this.address = null;
      this.state = 'none';
      this.rows.clear();
      return {};
    },
    level: ({ site, level }) => {
      this.#note('level', level);
      this.#change(site, { level, override: null });
      return {};
    },
    mute: ({ site, durationMs }) => {
      this.#note('mute', durationMs);
      this.#change(site, { override: { level: 'none', leftMs: durationMs } });
      return {};
    },
    unmute: ({ site, durationMs }) => {
      this.#note('unmute', durationMs);
      this.#change(site, { override: durationMs === 0 ? null : { level: 'all', leftMs: durationMs } });
      return {};
    },
    quiet: ({ hours }) => {
      this.#note('quiet', hours?.zone ?? 'none');
      this.quiet = hours;
      return {};
    },
    tags: ({ site, tags }) => {
      this.#note('tags', tags.length);
      this.#change(site, { tags: tags.map((tag) => tag.slice()) });
      return {};
    },
    test: () => {
      this.#note('test');
      return { outcome: this.address === null ? 'none' : 'sent', said: '201' };
    },
    told: () => ({ rows: [] }),
    letters: ({ after }) => {
      const left = this.deadLetters.filter(({ id }) => id > after);
      const rows = left.slice(0, PAGE_ROWS);
      return { rows, more: left.length > rows.length ? (rows.at(-1)?.id ?? null) : null };
    },
    replay: ({ ids }) => {
      this.#note('replay', ids.length);
      const left = this.deadLetters.filter(({ id }) => !ids.includes(id));
      const count = this.deadLetters.length - left.length;
      this.deadLetters = left;
      return { count };
    },
    unread: () => ({ count: this.unread }),
    posts: ({ lengths }) => ({ rows: lengths.map(() => null) }),
    seen: ({ ids, all, knocks }) => {
      this.#note('seen', `${ids.length} ${all} ${knocks}`);
      return {};
    },
  };

  #note(name: string, detail: string | number = ''): void {
    this.onCall(name);
    this.heard.push(`${name} ${detail}`.trim());
  }

  #change(site: SiteId, change: Partial<NoticeRow>): void {
    this.rows.set(site, { ...must(this.rows.get(site), 'the device listens there'), ...change });
  }

  /** Over the tunnel of a facet: what is asked and answered goes through its bytes. */
  readonly carry: Carry = async ({ number, bytes }) => {
    for (const [name, method] of Object.entries(this.api)) {
      const call = Object.entries(noticesApi.calls).find(([known]) => known === name)?.[1];
      if (call?.number !== number) continue;
      const answer = await (method as (request: unknown) => unknown)(decode<unknown>(call.request, bytes));
      return { bytes: encode<unknown>(call.answer, answer) };
    }
    throw new Error(`no call ${number}`);
  };
}
