/**
 * Who keeps a node running: starts it, starts it again when it crashed or could not start, drains it,
 * compacts its store, and connects those who dial.
 */

import { asFault } from 'copse/internal/base/fault.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { Link } from 'copse/internal/link/link.ts';
import type { Accounts } from '../../../server/src/store/accounts.ts';
import type { MemoryDisk } from '../../../server/src/store/log-store-memory.ts';
import type { Chaos } from '../chaos.ts';
import {
  FEED_STALE_MS,
  type AuthorityPlan,
  type DiskPlan,
  type EventPlan,
  type NodePlan,
} from '../faults.ts';
import { check } from '../violation.ts';
import type { World } from '../world.ts';
import { CopiedBooks, lastingBooks, type Books } from './books.ts';
import { sealedCargo, tailCargo } from './cargo.ts';
import type { Ciphers } from './ciphers.ts';
import { SimDisk } from './disk.ts';
import { FeedLine } from './feed-line.ts';
import { SimNode, type Door } from './node.ts';

export interface Place {
  readonly site: SiteId;
  readonly log: LogId;
}

export interface KeeperOptions {
  readonly chaos: Chaos;
  readonly ciphers: Ciphers;
  readonly events: EventPlan;
  readonly nodePlan: NodePlan;
  readonly authority: AuthorityPlan;
  /** How many of the newest entries of a log are kept. */
  readonly keepCount: number;
  /** The node is backed up and set back in this run. */
  readonly isCopied: boolean;
  /** A node has started and its store can be looked at. */
  readonly onUp: (node: SimNode) => void;
}

/** A backup: everything that `copse backup` has, of one moment. */
export interface Backup {
  readonly books: CopiedBooks;
  readonly disk: MemoryDisk;
}

/** Pause before a node that could not start is started again. */
const RESTART_MS = 200;

export class Keeper implements Disposable {
  readonly disk: SimDisk;
  /** Every log that was ever opened on any node of this run. */
  readonly places = new Map<string, Place>();
  readonly #world: World;
  readonly #options: KeeperOptions;
  readonly feed: FeedLine;
  readonly #tailLimits: NodePlan['tailLimits'] & { readonly feedStaleMs?: number };
  readonly #retained = new Set<SiteId>();
  readonly #replaced: Books[] = [];
  #books: Books;
  #node: SimNode | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#world = options.chaos.world;
    const { nodePlan, authority } = options;
    const mayLoseFeed = authority.feedLossMs > 0;
    this.#tailLimits = { ...nodePlan.tailLimits, ...(mayLoseFeed ? { feedStaleMs: FEED_STALE_MS } : {}) };
    this.feed = new FeedLine(this.#world, FEED_STALE_MS);
    this.disk = new SimDisk(this.#world, options.ciphers.primitives);
    this.#books = options.isCopied ? new CopiedBooks(this.#world) : lastingBooks();
    this.#start();
  }

  get books(): Books {
    return this.#books;
  }

  get accounts(): Accounts {
    return this.#books.accounts;
  }

  get ciphers(): Ciphers {
    return this.#options.ciphers;
  }

  /** The node, when it is up. */
  get node(): SimNode | null {
    return this.#node?.isUp === true ? this.#node : null;
  }

  /** Faults begin. */
  plan(diskPlan: DiskPlan): void {
    const { chaos, events } = this.#options;
    const { fullEveryMs, fullMs } = diskPlan;
    this.disk.suffer(diskPlan);
    chaos.every(events.crashMs, () => this.crash());
    chaos.every(events.drainMs, () => void this.ask('drained', (node) => this.#drain(node)));
    chaos.every(events.compactMs, () => void this.ask('compacted', (node) => node.compact()));
    chaos.every(events.clockJumpMs, () => this.#jump());
    const { feedLossMs, feedAwayMs } = this.#options.authority;
    chaos.every(feedLossMs, () => {
      this.feed.lose();
      this.#world.at(feedAwayMs, () => this.feed.heal());
    });
    chaos.every(fullEveryMs, () => {
      this.disk.isFull = true;
      this.#world.at(fullMs, () => {
        this.disk.isFull = false;
      });
    });
  }

  /** Retention counts for this site from now on, also after restarts. */
  async retain(site: SiteId): Promise<void> {
    this.#retained.add(site);
    await this.ask('retained', (node) => node.retain([site]));
  }

  #start(): void {
    const { nodePlan, keepCount, ciphers } = this.#options;
    const node = new SimNode({
      world: this.#world,
      ciphers,
      disk: this.disk.memory,
      ...this.#books,
      sites: this.#retained,
      retention: { count: keepCount },
      onLog: (site, log) => this.places.set(`${site}/${log}`, { site, log }),
      ...nodePlan,
      tailLimits: this.#tailLimits,
      feed: this.feed,
    });
    this.#node = node;
    this.#world.note('node starts');
    const breaksBefore = this.disk.breakCount;
    // A store that cannot write any more, for another reason than room, asks for a restart.
    node.env.onLog = (event, { fault }) => {
      if (event !== 'tail.commit.failed' || fault === 'full' || node.isDead) return;
      this.#excuse(`a commit failed: ${fault}`, breaksBefore);
      this.#world.at(RESTART_MS, () => this.#giveUp(node));
    };
    void this.#open(node, breaksBefore);
  }

  /** Room comes back and clocks are set: what a node cannot go on after is a disk that broke under it. */
  #excuse(what: string, breaksBefore: number): void {
    this.#world.check(this.disk.breakCount > breaksBefore, 'J4', () => `nothing broke, and ${what}`);
  }

  async #open(node: SimNode, breaksBefore: number): Promise<void> {
    try {
      await node.start();
    } catch (thrown) {
      this.#notStarted(node, thrown, breaksBefore);
      return;
    }
    if (node.isDead) return;
    this.#world.note('node is up');
    this.#options.onUp(node);
  }

  #giveUp(node: SimNode): void {
    if (this.#node === node) this.crash();
  }

  #notStarted(node: SimNode, thrown: unknown, breaksBefore: number): void {
    if (node.isDead) return;
    const { code } = asFault(thrown);
    this.#world.note(`node does not start: ${code}`);
    if (code !== 'full') this.#excuse(`a node does not start: ${String(thrown)}`, breaksBefore);
    this.#end(node);
    this.#world.at(RESTART_MS, () => this.restart());
  }

  restart(): void {
    if (this.#node === null) this.#start();
  }

  crash(): void {
    const node = this.#node;
    if (node === null) return;
    this.#world.note('node crashes');
    this.#end(node);
    this.#world.at(this.#options.events.downMs * this.#world.chance.unit(), () => this.restart());
  }

  /** As `copse backup` makes it, beside a node that runs or not. */
  backUp(): Backup {
    this.#world.note('a backup is taken');
    const books = this.#books;
    check(books instanceof CopiedBooks, 'X1', () => 'the simulator copies what cannot be copied');
    return { books: books.copy(), disk: this.disk.memory.copy() };
  }

  /** The node is killed and started again on the backup, which is used up by it. */
  restore({ books, disk }: Backup): void {
    this.crash();
    this.#world.note('the node is set back to the backup');
    this.#replaced.push(this.#books);
    this.#books = books;
    this.disk.setBack(disk);
  }

  #end(node: SimNode): void {
    node.kill();
    if (this.#node === node) this.#node = null;
    this.disk.crash();
    this.#options.chaos.cutAll();
  }

  async #drain(node: SimNode): Promise<void> {
    this.#world.note('node drains');
    await node.stop();
    if (this.#node === node) this.#node = null;
    this.restart();
  }

  /** The wall clock of the node is set; nothing else moves (SPEC T10). */
  #jump(): void {
    const node = this.#node;
    if (node === null) return;
    const { chance } = this.#world;
    node.env.skewMs = chance.between(-JUMP_MS, JUMP_MS);
    this.#world.note(`the clock of the node jumps to ${node.env.skewMs}`);
  }

  /** Runs what the node is asked to do beside its work; a fault of it is noted and nothing more. */
  async ask(what: string, work: (node: SimNode) => Promise<unknown>): Promise<void> {
    const { node } = this;
    if (node === null || node.isStopping) return;
    try {
      await work(node);
      this.#world.note(what);
    } catch (thrown) {
      this.#world.note(`not ${what}: ${asFault(thrown).code}`);
    }
  }

  /** A connection to a door of the node; null when nobody listens or the network refuses. */
  dial(door: Door, address: string): Link | null {
    const { node } = this;
    const wire = node === null ? null : this.#options.chaos.wire(door === 'tail' ? tailCargo : sealedCargo);
    return wire !== null && node?.accept(door, wire.ends[1], address) === true ? wire.ends[0] : null;
  }

  heal(): void {
    this.disk.heal();
    this.feed.heal();
    this.restart();
  }

  [Symbol.dispose](): void {
    this.#node?.kill();
    this.disk[Symbol.dispose]();
    for (const books of [this.#books, ...this.#replaced]) books[Symbol.dispose]();
  }
}

/** Less than `clockSkewMs`, beyond which a node refuses what devices sign. */
const JUMP_MS = 60_000;
