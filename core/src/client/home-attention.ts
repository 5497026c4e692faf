/**
 * What this device tells its tail about attention, for all faces of it (SPEC I18): she is here while one of them says
 * so, and of each log the newest read counts. What was read without a connection is kept, also over a restart,
 * and what may have been lost with one is said again on the next.
 */

import { attentionApi, type AttentionRemote } from '../api/attention.ts';
import { nameShape, positionShape, siteIdShape } from '../api/model.ts';
import type { Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import { lookAgainMs, lookMs, readsKeptMax } from '../base/limits-notify.ts';
import { list, struct } from '../wire/compound.ts';
import { decode, encode, type Of } from '../wire/shape.ts';
import { attendApi } from './attend-api.ts';
import type { Home } from './home.ts';
import { decodeCopy } from './keep.ts';
import type { TailSession } from './tail-session.ts';

const readsShape = list(struct({ site: siteIdShape, name: nameShape, at: positionShape }), readsKeptMax);
type Kept = Of<typeof readsShape>[number];

interface Read extends Kept {
  /** What was said of it last, and when. */
  saidAt: number;
  saidMs: number;
  isSaying: boolean;
}

const ROW = 'attention/reads';
/** A little earlier than faces say it again, so that one of them does. */
const AGAIN_MS = lookAgainMs - 5_000;

interface Line {
  readonly session: TailSession;
  readonly remote: AttentionRemote;
}

export class HomeAttention {
  readonly #home: Home;
  readonly #untilMsByFace = new Map<string, number>();
  readonly #readByPlace = new Map<string, Read>();
  #line: Line | null = null;
  #toldMs: number | null = null;
  #timer: Timer | null = null;
  #isKept = false;

  private constructor(home: Home) {
    this.#home = home;
  }

  /** With what an earlier run could not say. */
  static async open(home: Home): Promise<HomeAttention> {
    const attention = new HomeAttention(home);
    const bytes = await home.options.keep.get(ROW).catch(() => null);
    for (const read of (bytes && decodeCopy(readsShape, bytes)) ?? []) attention.#add(read);
    attention.#isKept = bytes !== null;
    attention.use(home.tail);
    return attention;
  }

  /** A call of `attendApi`; null when the number is none of it. */
  async hear(number: number, bytes: Uint8Array): Promise<Uint8Array> {
    const { look, read } = attendApi.calls;
    if (number === look.number) this.#look(decode(look.request, bytes));
    else await this.#read(decode(read.request, bytes));
    return encode(look.answer, {});
  }

  /** The connection that is used from now on, or none. */
  use(session: TailSession | null): void {
    this.#line = session === null ? null : { session, remote: session.facet(attentionApi, {}) };
    this.#toldMs = null;
    if (session === null) return;
    if (this.#untilMsByFace.size > 0) this.#tell();
    const freshMs = this.#nowMs - lookMs;
    for (const read of this.#readByPlace.values()) {
      if (read.saidMs > freshMs) read.saidAt = 0;
      void this.#say(read);
    }
  }

  get #nowMs(): number {
    return this.#home.options.env.nowMs();
  }

  #look({ face, isHere }: { readonly face: string; readonly isHere: boolean }): void {
    const was = this.#untilMsByFace.size > 0;
    if (isHere) this.#untilMsByFace.set(face, this.#nowMs + lookMs);
    else this.#untilMsByFace.delete(face);
    this.#watch();
    const is = this.#untilMsByFace.size > 0;
    if (was !== is || (is && this.#nowMs - (this.#toldMs ?? 0) >= AGAIN_MS)) this.#tell();
  }

  #tell(): void {
    if (this.#line === null) return;
    this.#toldMs = this.#nowMs;
    this.#line.remote.look({ isHere: this.#untilMsByFace.size > 0 });
  }

  /** A tab that is gone says nothing more. */
  #watch(): void {
    if (this.#timer !== null || this.#untilMsByFace.size === 0) return;
    this.#timer = this.#home.options.env.after(lookMs, () => {
      this.#timer = null;
      for (const [face, untilMs] of this.#untilMsByFace)
        if (untilMs <= this.#nowMs) this.#untilMsByFace.delete(face);
      if (this.#untilMsByFace.size === 0) this.#tell();
      this.#watch();
    });
  }

  async #read(kept: Kept): Promise<void> {
    const read = this.#add(kept);
    if (this.#line === null) await this.#keep();
    else void this.#say(read);
  }

  #add({ site, name, at }: Kept): Read {
    const place = placeOf(site, name);
    const known = this.#readByPlace.get(place);
    if (known !== undefined && known.at >= at) return known;
    const read = { saidAt: 0, saidMs: 0, isSaying: false, ...known, site, name, at };
    this.#readByPlace.delete(place);
    this.#readByPlace.set(place, read);
    const [oldest] = this.#readByPlace.keys();
    if (this.#readByPlace.size > readsKeptMax && oldest !== undefined) this.#readByPlace.delete(oldest);
    return read;
  }

  /** Says it under a lease of the log, once there is one; again when it has grown meanwhile. */
  async #say({ site, name }: Kept): Promise<void> {
    const place = placeOf(site, name);
    const read = this.#readByPlace.get(place);
    if (read === undefined || read.isSaying || read.saidAt >= read.at) return;
    read.isSaying = true;
    try {
      const { session, handle } = await this.#home.log(site, name).leased();
      const newest = this.#readByPlace.get(place) ?? read;
      newest.isSaying = false;
      if (session !== this.#line?.session) return;
      this.#line.remote.seen({ handle, at: newest.at });
      newest.saidAt = newest.at;
      newest.saidMs = this.#nowMs;
    } catch (thrown) {
      read.isSaying = false;
      // Nothing of this log will be read here any more.
      if (asFault(thrown).retry === 'never') this.#readByPlace.delete(place);
    }
    if (this.#isKept) await this.#keep();
  }

  /** Keeps what was not said, or that there is nothing. */
  async #keep(): Promise<void> {
    const unsaid = [...this.#readByPlace.values()].filter((read) => read.saidAt < read.at);
    const value = unsaid.length === 0 ? null : encode(readsShape, unsaid);
    this.#isKept = value !== null;
    const { keep, env } = this.#home.options;
    try {
      await keep.write([{ name: ROW, value, secret: true }], 'relaxed');
    } catch (thrown) {
      env.log('warn', 'attention.keep', { fault: asFault(thrown).code });
    }
  }
}

function placeOf(site: SiteId, name: string): string {
  return `${site} ${name}`;
}
