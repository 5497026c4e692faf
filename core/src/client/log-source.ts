/**
 * The reading half of a log on this device. One follower stays at the end of the log and fills the tape;
 * every reader has a position of its own, takes from the tape where it can and reads pages where it
 * cannot. So each gets every entry once and in order (SPEC L8), whatever the connection does (SPEC S4).
 */

import { pause, type Env } from '../base/env.ts';
import { asFault, type Fault } from '../base/fault.ts';
import type { LogId } from '../base/ids.ts';
import { copyCountMax } from '../base/limits.ts';
import { overlapCount } from '../base/limits-restore.ts';
import type { Page } from '../api/tail.ts';
import { Follower, type FollowerStep } from '../log/follower.ts';
import { Reader as Bytes } from '../wire/buffer.ts';
import type { Run } from './log-items.ts';
import { LogCopy } from './log-copy.ts';
import type { LogPagePart, LogPages, PageWant } from './log-pages.ts';
import { LogReader, type Along, type ReaderSource, type ReadLease, type Start } from './log-reader.ts';
import type { Joint } from './set-back.ts';
import type { SiteKeys } from './site-keys.ts';
import { Tape } from './tape.ts';

export interface SourceOwner {
  readonly env: Env;
  readonly keys: SiteKeys;
  readonly log: LogId;
  /** The copy has changed. */
  onCopy?(): void;
  /** Something that `isCurrent`, `first` or `tail` tell has changed. */
  onChange(): void;
  /** The log is another one than this device has read. */
  readonly onSetBack?: ((fault: Fault) => void) | undefined;
}

/** Pause before the node is asked again after a fault. */
const AGAIN_MS = 1_000;
/** Pushes that may come while an attach is answered. */
const EARLY_MAX = 256;

export class LogSource implements ReaderSource {
  readonly #owner: SourceOwner;
  readonly #readers = new Set<LogReader>();
  /** For who reads without following, loaded with the first page. */
  #pages: LogPages | null = null;
  /** Pages that were asked for and have not come. */
  #pageCount = 0;
  #follower: Follower | null = null;
  #tape = new Tape(1);
  #lease: ReadLease | null = null;
  /** What was kept of the log is not here yet, and the lease waits for it. */
  #isRestoring = false;
  #held: ReadLease | null = null;
  /** Those who want pushes beside the readers: listeners of presence and of what is said. */
  #watcherCount = 0;
  /** Pushes that came before the answer to the attach under way. */
  #early: Run[] = [];
  #attaching = 0;
  #first = 1;
  #tail = 1;
  /** The follower was live at the end of the log since this lease began. */
  #wasLive = false;
  /** The node has said where the log begins and ends. */
  #isKnown = false;
  readonly copy = new LogCopy();

  constructor(owner: SourceOwner) {
    this.#owner = owner;
  }

  /** First position that the node keeps, as far as it is known. */
  get first(): number {
    return this.#isKnown || this.copy.isEmpty ? this.#first : this.copy.first;
  }

  /** Position of the next entry, as far as it is known. */
  get tail(): number {
    if (!this.#isKnown) return Math.max(this.#tail, this.copy.next);
    return Math.max(this.#tail, this.#follower?.tail ?? 1);
  }

  /** Whether somebody wants the lease. */
  get isWanted(): boolean {
    return this.#readers.size > 0 || this.#watcherCount > 0;
  }

  /** Whether somebody waits for a page. */
  get isPageWanted(): boolean {
    return this.#pageCount > 0;
  }

  /** Whether the log is open on this connection, and live for those who follow it. */
  get isAttached(): boolean {
    return this.#lease !== null && (!this.isWanted || this.#wasLive);
  }

  /** Whether what readers have is up to date. */
  get isCurrent(): boolean {
    if (this.#lease === null) return false;
    if (!this.isWanted) return true;
    return this.#follower?.state === 'live' && ![...this.#readers].some((reader) => reader.isPaging);
  }

  /** Whether the tape is being filled, so that who waits at its end misses nothing. */
  get isFollowed(): boolean {
    return this.#follower !== null;
  }

  get keys(): SiteKeys {
    return this.#owner.keys;
  }

  get log(): LogId {
    return this.#owner.log;
  }

  get tape(): Tape {
    return this.#tape;
  }

  get lease(): ReadLease | null {
    return this.#lease;
  }

  /** A reader of everything from its start on. */
  reader(start: Start, along: Along | null = null): LogReader {
    const reader = new LogReader(this, start, along);
    this.#readers.add(reader);
    this.#regulate();
    return reader;
  }

  drop(reader: LogReader): void {
    this.#readers.delete(reader);
    this.#regulate();
  }

  /** Reads a page without following. */
  async page(want: PageWant): Promise<LogPagePart> {
    this.#pageCount++;
    try {
      return await (await this.#pagesLoaded()).read(want);
    } finally {
      this.#pageCount--;
    }
  }

  async #pagesLoaded(): Promise<LogPages> {
    const { LogPages: Pages } = await import('./log-pages.ts');
    if (this.#pages !== null) return this.#pages;
    this.#pages = new Pages(this.#owner);
    if (this.#lease !== null) this.#pages.opened(this.#lease);
    return this.#pages;
  }

  /** Keeps the log attached until the answered function is called. */
  watch(): () => void {
    this.#watcherCount++;
    this.#regulate();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#watcherCount--;
      this.#regulate();
    };
  }

  /** The log is leased. Nobody reads on where it is another one than before (SPEC L12). */
  opened(lease: ReadLease): void {
    const { copy } = this;
    if (this.#isRestoring) this.#held = lease;
    else if (Math.max(copy.next, this.#follower?.next ?? 1) > lease.tail) void this.#setBack(lease);
    else this.#opened(copy.isEmpty ? lease : this.#joined(lease));
  }

  /** Whatever is asked first waits until the copy is compared with the log. */
  #joined(lease: ReadLease): ReadLease {
    let joint: Promise<Joint> | null = null;
    const via =
      (way: 'attach' | 'read'): ReadLease['read'] =>
      async (from, bytesMax) => {
        joint ??= import('./set-back.ts').then(
          ({ Joint: Made }) =>
            new Made(
              this.copy,
              lease,
              () => this.#lease !== joined,
              () => void this.#setBack(lease),
            ),
        );
        return (await joint).ask(way, from, bytesMax);
      };
    const joined = { ...lease, attach: via('attach'), read: via('read') };
    return joined;
  }

  /** What this device has read is in the log no more: readers go back to where it is another one. */
  async #setBack(lease: ReadLease): Promise<void> {
    this.closed();
    const turn = this.#attaching;
    const { findFork } = await import('./set-back.ts');
    const tail = await findFork(this.#owner, lease, this.copy, () => turn < this.#attaching);
    if (tail === 0) return;
    for (const reader of this.#readers) reader.leased({ ...lease, tail });
    this.#follower = null;
    this.#tape = new Tape(lease.tail);
    this.#opened(lease);
  }

  #opened(lease: ReadLease): void {
    this.#lease = lease;
    this.#first = lease.first;
    this.#tail = lease.tail;
    this.#isKnown = true;
    // What the node let go still tells whether it is the same log.
    this.copy.trimTo(Math.min(this.#first, this.copy.next - overlapCount));
    for (const reader of this.#readers) reader.leased(lease);
    this.#regulate();
    this.wake();
    this.#pages?.opened(lease);
  }

  /** The connection or the lease ended. */
  closed(): void {
    this.#lease = null;
    this.#held = null;
    this.#wasLive = false;
    this.#pages?.closed();
    this.#attaching++;
    this.#early = [];
    this.#follower?.disconnected();
    this.wake();
  }

  /** The log will not be had any more: readers end with the fault. */
  end(fault: Fault): void {
    this.closed();
    for (const reader of this.#readers) reader.fail(fault);
    this.#pages?.end(fault);
  }

  /** Starts, holds or resumes the follower as the readers need it. */
  #regulate(): void {
    if (this.#lease === null) return;
    if (!this.isWanted) {
      this.#wasLive = false;
      this.#apply(this.#follower?.hold());
    } else if (this.#follower === null) {
      // Readers come from behind by pages; the follower starts where the log ends now.
      this.#follower = new Follower(this.#lease.tail);
      this.#tape = new Tape(this.#lease.tail);
      this.#apply(this.#follower.connected());
    } else if (this.#follower.state === 'offline') {
      this.#apply(this.#follower.connected());
    } else {
      this.#apply(this.#follower.resume());
    }
    this.#owner.onChange();
  }

  #apply(step: FollowerStep | undefined): void {
    if (step === undefined) return;
    if (step.trimmedTo !== null) this.#tape.skipTo(step.trimmedTo);
    if (step.deliver !== null) this.#deliver(step.deliver);
    if (step.detach) this.#lease?.detach();
    if (step.attachFrom !== null) void this.#attach(step.attachFrom);
  }

  /** Takes what was kept of the log into the copy: nothing is read before that can be compared with the log. */
  async restore(kept: Promise<Run | null>): Promise<void> {
    this.#isRestoring = true;
    const run = await kept;
    if (run !== null) this.copy.took(run);
    this.#isRestoring = false;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.opened(held);
    this.wake();
  }

  /** A run was read; what is near the end of the log belongs into the copy. */
  took(run: Run): void {
    if (run.at + run.count < this.tail - copyCountMax) return;
    const { version } = this.copy;
    try {
      this.copy.took(run);
    } catch {
      // Who reads the run will say what is wrong with it.
      this.copy.clear();
    }
    if (this.copy.version !== version) this.#owner.onCopy?.();
  }

  #deliver(delivery: Run & { readonly skip: number }): void {
    this.took(delivery);
    const next = delivery.at + delivery.skip;
    if (next > this.#tape.next) this.#tape.skipTo(next);
    this.#tape.push(delivery.skip === 0 ? delivery : without(delivery, delivery.skip));
    this.wake();
  }

  /** Resolves when a question may be asked again that `lease` did not answer. */
  again(lease: ReadLease): Promise<void> {
    if (lease !== this.#lease) return Promise.resolve();
    return pause(this.#owner.env, AGAIN_MS);
  }

  /** Readers that wait look again. */
  wake(): void {
    for (const reader of this.#readers) reader.wake();
    this.#owner.onChange();
  }

  async #attach(from: number): Promise<void> {
    const lease = this.#lease;
    const follower = this.#follower;
    if (lease === null || follower === null) return;
    const turn = ++this.#attaching;
    this.#early = [];
    try {
      const page = await lease.attach(from);
      if (turn !== this.#attaching) return;
      this.learn(page);
      this.#apply(follower.page(page));
      const early = this.#early;
      this.#early = [];
      for (const run of early) this.pushed(run);
      this.#wasLive ||= this.isWanted && follower.state === 'live';
      this.#owner.onChange();
    } catch (thrown) {
      if (turn !== this.#attaching) return;
      this.#owner.env.log('warn', 'log.attach', { fault: asFault(thrown).code });
      this.#owner.env.after(AGAIN_MS, () => {
        if (turn === this.#attaching && this.#lease === lease) void this.#attach(follower.next);
      });
    }
  }

  /** What a page says about the bounds of the log. */
  learn(page: Page): void {
    this.#tail = Math.max(this.#tail, page.tail);
    if (page.kind === 'trimmed') this.#first = Math.max(this.#first, page.first);
    this.#owner.onChange();
  }

  /** A push of entries. One that overtakes the answer to an attach waits for it. */
  pushed(run: Run): void {
    const follower = this.#follower;
    if (follower === null) return;
    if (follower.state === 'paging') {
      if (this.#early.length < EARLY_MAX) this.#early.push({ ...run, entries: run.entries.slice() });
      return;
    }
    this.#apply(follower.pushed(run.at, run.count, run.entries));
  }

  lagging(): void {
    this.#apply(this.#follower?.lagging());
    this.#owner.onChange();
  }
}

/** A run without its first entries. */
function without(run: Run, skip: number): Run {
  const reader = new Bytes(run.entries);
  for (let i = 0; i < skip; i++) reader.raw(reader.uint());
  return { at: run.at + skip, count: run.count - skip, entries: run.entries.subarray(reader.at) };
}
