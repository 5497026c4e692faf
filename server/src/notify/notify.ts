/**
 * The notification service: takes from auth who listens, from the tail what is new, who is here and what was
 * read, and sees to it that who is away hears of it once (SPEC section I). What it has to remember is in its
 * store; everything else is found again by what auth and the tail say when it is back (SPEC I11, I12).
 */

import type { NotifyInternal, Update, Updated } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { fromBase64url } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { newsSaveRows } from 'copse/internal/base/limits-notify.ts';
import type { Sha256 } from 'copse/internal/social/subscriptions/digest.ts';
import type { Difference } from 'copse/internal/social/subscriptions/held.ts';
import type { NewsBatch, NewsPage, NewsStore } from '../store/news.ts';
import { Addresses } from './addresses.ts';
import { Deliveries, type Ended } from './deliveries.ts';
import { figuresOf, type Figure } from './figures.ts';
import { History } from './history.ts';
import { applyTo, batchOf, partsOf } from './keeping.ts';
import { Letters } from './letters.ts';
import type { Following } from './neighbourhood/following.ts';
import { NeighbourhoodSeat } from './neighbourhood/seat.ts';
import type { NeighbourhoodSource } from './neighbourhood/source.ts';
import { NewsLoop } from './news/loop.ts';
import { News } from './news/news.ts';
import { Presence } from './news/presence.ts';
import type { EndpointPolicy } from './push/endpoint.ts';
import type { PushMessage } from './push/message.ts';
import type { End } from './push/origin-line.ts';
import type { Post } from './push/post.ts';
import type { Seals } from './push/seals.ts';
import { Sender } from './push/sender.ts';
import type { Vapid } from './push/vapid.ts';
import { QuietUsers } from './quiet-users.ts';
import { keepReads } from './reads.ts';
import { Saver } from './saver.ts';
import { SubscriptionDesk } from './subscriptions/desk.ts';
import { TakingBack } from './taking-back.ts';
import { testDevice, toldTo } from './telling.ts';
import type { Words } from './words.ts';

export interface NotifyOptions {
  /** The service disposes of it. */
  readonly store: NewsStore;
  readonly env: Env;
  readonly primitives: Sha256;
  readonly vapid: Vapid;
  readonly policy: EndpointPolicy;
  readonly post: Post;
  /** Encrypts crowds of messages elsewhere; the service disposes of it. */
  readonly seals?: Seals;
  readonly words: Words;
  /** Runs a task behind what has already arrived: `setImmediate` in a process. */
  readonly soon?: (task: () => void) => void;
}

type Request<N extends keyof NotifyInternal> = Parameters<NotifyInternal[N]>[0];
type Answer<N extends keyof NotifyInternal> = Awaited<ReturnType<NotifyInternal[N]>>;

/** How often shards that have fallen silent are looked for. */
const LOOK_MS = 1_000;

export class Notify implements NotifyInternal, AsyncDisposable {
  readonly #options: NotifyOptions;
  readonly #quiet: QuietUsers;
  readonly #news: News;
  readonly #loop: NewsLoop;
  readonly #presence: Presence;
  readonly #addresses: Addresses;
  readonly #sender: Sender;
  readonly #deliveries: Deliveries;
  readonly #takingBack: TakingBack;
  readonly #history: History;
  readonly #letters: Letters;
  readonly #saver: Saver;
  readonly #desk: SubscriptionDesk;
  readonly #neighbourhood: NeighbourhoodSeat;
  readonly #pushKey: Uint8Array;
  /** Devices for which something is on its way that their users have read meanwhile. */
  readonly #stale = new Set<DeviceId>();
  readonly #testing = new Set<DeviceId>();
  /** Until then nothing is asked of the state. */
  #loaded: Promise<void> = Promise.resolve();
  #isLoaded = false;
  #looking: Timer | null = null;
  #published = 0;
  #isOver = false;

  /**
   * Loads what was kept, in slices, while others begin; what is asked of it meanwhile is answered when that is
   * done. What was on its way when the process before ended is due again.
   */
  static open(options: NotifyOptions): Notify {
    const notify = new Notify(options);
    notify.#loaded = notify.#load();
    // Whoever asks hears of it, and who looks at the log.
    notify.#loaded.catch(() => {});
    return notify;
  }

  private constructor(options: NotifyOptions) {
    const { env, store, primitives, vapid, words, seals } = options;
    this.#options = options;
    this.#quiet = new QuietUsers(env);
    this.#addresses = new Addresses(store);
    this.#history = new History(env, store, this.#addresses);
    this.#letters = new Letters({ env, store });
    this.#sender = new Sender(env, {
      ...options,
      ...(seals === undefined ? {} : { seal: seals.seal }),
      onEnd: (message, end) => this.#ended(message, end),
    });
    this.#news = new News({
      env,
      quietUntil: (user, wallMs, kind) => this.#quiet.until(user, wallMs, kind),
      hasQuietHours: (user) => this.#quiet.has(user),
      onClear: ({ user, device, site }) => this.#takingBack.add(user, device, site),
      onAnswered: (device) => void this.#stale.add(device),
      passedBy: this.#history,
      onDue: () => this.#deliveries.wake(),
    });
    const parts = { env, news: this.#news, addresses: this.#addresses, sender: this.#sender, words };
    this.#takingBack = new TakingBack({ ...parts, quiet: this.#quiet });
    this.#deliveries = new Deliveries({
      ...parts,
      onLeave: ({ device, sites }) => {
        for (const { site } of sites) this.#takingBack.told(device, site);
      },
      onEnd: (ended) => this.#noticeEnded(ended),
    });
    this.#loop = new NewsLoop(env, this.#news);
    this.#presence = new Presence(env, this.#news);
    this.#saver = new Saver({
      env,
      store,
      next: () => this.#batch(),
      isBehind: () => this.#news.hasUnsavedLogs,
      renewed: (batch) => this.#renewed(batch),
    });
    this.#desk = new SubscriptionDesk({
      store,
      env,
      primitives,
      apply: (user, difference) => this.#apply(user, difference),
    });
    this.#neighbourhood = new NeighbourhoodSeat({
      news: this.#news,
      store,
      kept: () => this.#saver.kept(),
      read: (reads) => this.read({ reads: [...reads] }),
      changed: () => this.#changed(),
    });
    this.#pushKey = must(fromBase64url(vapid.publicKey), 'a key in base64url');
  }

  /** All that was kept is there; rejects when it cannot be read. */
  get loaded(): Promise<void> {
    return this.#loaded;
  }

  async update(update: Update): Promise<Updated> {
    if (!this.#isLoaded) await this.#loaded;
    return this.#desk.update(update);
  }

  /** Counts at once; answered when it is in the store, so that who is answered need not say it again. */
  async publish({ logs }: Request<'publish'>) {
    if (!this.#isLoaded) await this.#loaded;
    for (const log of logs) this.#news.publish(log);
    this.#published += logs.length;
    this.#changed();
    await this.#saver.kept();
    return {};
  }

  async presence(frame: Request<'presence'>): Promise<Answer<'presence'>> {
    if (!this.#isLoaded) await this.#loaded;
    const heard = this.#presence.frame(frame);
    this.#changed();
    await this.#keep(frame.reads);
    return 'ok' in heard ? { kind: 'ok' } : { kind: 'again', epoch: heard.again.epoch };
  }

  async read({ reads }: Request<'read'>): Promise<Record<string, never>> {
    if (!this.#isLoaded) await this.#loaded;
    for (const { user, ...read } of reads) this.#news.read(user, read);
    this.#changed();
    await this.#keep(reads);
    return {};
  }

  about(): Answer<'about'> {
    return { pushKey: this.#pushKey };
  }

  async told({ user }: Request<'told'>): Promise<Answer<'told'>> {
    if (!this.#isLoaded) await this.#loaded;
    const { store } = this.#options;
    return toldTo(user, { store, addresses: this.#addresses, history: this.#history });
  }

  /** One of a device at a time: a test does not wait in the line of its push service. */
  async test({ user, device }: Request<'test'>): Promise<Answer<'test'>> {
    if (!this.#isLoaded) await this.#loaded;
    if (this.#testing.has(device)) throw new Fault('tooMany', 'tests of this device');
    this.#testing.add(device);
    const { env, words } = this.#options;
    const badge = this.#news.badge(user);
    try {
      const parts = { env, words, addresses: this.#addresses, sender: this.#sender };
      return await testDevice({ user, device, badge }, parts);
    } finally {
      this.#testing.delete(device);
    }
  }

  unread({ user }: Request<'unread'>): Answer<'unread'> {
    return { count: this.#news.badge(user) };
  }

  /** For who is told by e-mail: in how many logs something waits, and how long she has looked at nothing. */
  waiting(user: UserId): { readonly places: number; readonly awayMs: number | null } {
    return { places: this.#news.badge(user), awayMs: this.#news.awayMs(user) };
  }

  /** Says from now on what is new in the neighbourhood; what came while nobody did is said first. */
  follow(source: NeighbourhoodSource): Following {
    return this.#neighbourhood.follow(source, this.#loaded);
  }

  posts(request: Request<'posts'>): Promise<Answer<'posts'>> {
    return this.#neighbourhood.posts(request);
  }

  async seen(request: Request<'seen'>): Promise<Record<string, never>> {
    await this.#neighbourhood.seen(request);
    return {};
  }

  letters({ after }: Request<'letters'>): Promise<Answer<'letters'>> {
    return this.#letters.page(after);
  }

  /** What their devices are told is what there is for them now, and who says it has mended something. */
  async replay({ ids }: Request<'replay'>): Promise<Answer<'replay'>> {
    if (!this.#isLoaded) await this.#loaded;
    const letters = await this.#letters.remove(ids);
    for (const origin of new Set(letters.map((letter) => letter.origin))) this.#sender.resume(origin);
    for (const { device } of letters) this.#news.release(device);
    this.#deliveries.wake();
    return { count: letters.length };
  }

  figures(): readonly Figure[] {
    return figuresOf({
      news: this.#news,
      presence: this.#presence,
      addresses: this.#addresses,
      deliveries: this.#deliveries,
      takingBack: this.#takingBack,
      letters: this.#letters,
      sender: this.#sender,
      loop: this.#loop,
      saver: this.#saver,
      isLoading: !this.#isLoaded,
      published: this.#published,
      concerned: this.#neighbourhood.told,
    });
  }

  /** What is under way has a moment to arrive; what is not stays due. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#loaded.catch(() => {});
    this.#looking?.cancel();
    this.#loop[Symbol.dispose]();
    this.#deliveries.close();
    this.#takingBack.close();
    await this.#sender[Symbol.asyncDispose]();
    await this.#options.seals?.[Symbol.asyncDispose]();
    try {
      await this.#saver[Symbol.asyncDispose]();
    } finally {
      await this.#options.store[Symbol.asyncDispose]();
    }
  }

  async #load(): Promise<void> {
    const { env, soon = (task) => void env.after(0, task) } = this.#options;
    const turn = async (): Promise<void> => {
      await new Promise<void>(soon);
      if (this.#isOver) throw new Fault('draining');
    };
    try {
      await this.#news.loadParts(partsOf(this.#pages()), turn);
      // Nothing begins in a service that ends.
      await turn();
    } catch (thrown) {
      if (!this.#isOver) env.log('error', 'notify.load', { fault: asFault(thrown).code });
      throw thrown;
    }
    this.#isLoaded = true;
    this.#look();
    this.#changed();
  }

  async *#pages(): AsyncGenerator<NewsPage> {
    for await (const page of this.#options.store.load()) {
      if (this.#isOver) throw new Fault('draining');
      if (page.kind === 'users') for (const { user, quiet } of page.rows) this.#quiet.put(user, quiet);
      if (page.kind === 'endpoints') this.#addresses.load(page.rows);
      yield page;
    }
  }

  /** An update that has been decided; what is answered goes into the same commit. */
  #apply(user: UserId, difference: Difference): NewsBatch {
    const { listeners, endpoints, quiet } = difference;
    applyTo(this.#news, user, difference);
    this.#addresses.apply(endpoints);
    for (const [device] of endpoints) this.#deliveries.moved(device);
    for (const { device, listener } of listeners) if (listener === null) this.#deliveries.settle(device);
    if (quiet !== undefined) {
      this.#quiet.put(user, quiet);
      this.#news.revisit(user);
    }
    this.#changed();
    return batchOf(this.#news.rowsOf(listeners));
  }

  #changed(): void {
    for (const device of this.#stale) this.#deliveries.stale(device);
    this.#stale.clear();
    this.#loop.wake();
    this.#saver.wake();
  }

  #ended(message: PushMessage, end: End): void {
    if (this.#deliveries.ended(message, end)) this.#changed();
    else this.#takingBack.ended(message, end);
  }

  #noticeEnded(ended: Ended): void {
    const { notice, end } = ended;
    const { user, device, sites } = notice;
    this.#letters.add(ended);
    if (end.how === 'withdrawn' || end.how === 'replaced') return;
    const site = sites.length === 1 ? (sites[0]?.site ?? null) : null;
    this.#history.add({ user, device, site, what: end.how === 'delivered' ? 'sent' : end.how });
  }

  /** What was read may have been written by itself; everything else only grows, or is as good as what came after it. */
  #renewed(batch: NewsBatch): NewsBatch {
    const { readings = [] } = batchOf(this.#news.rowsOf(batch.readings ?? []));
    return { ...batch, readings };
  }

  #batch(): NewsBatch | null {
    const rows = this.#news.dirtyRows(newsSaveRows);
    const left = Math.max(0, newsSaveRows - rows.length);
    const told = this.#history.take(left);
    const deliveries = this.#addresses.takeChanged(left);
    const letters = this.#letters.take(left);
    const followed = this.#neighbourhood.take();
    const count = rows.length + told.length + deliveries.length + letters.length;
    if (count === 0 && followed === null) return null;
    return { ...batchOf(rows), told, deliveries, letters, ...(followed !== null && { followed }) };
  }

  #keep(reads: Request<'read'>['reads']): Promise<void> {
    return keepReads(reads, { news: this.#news, store: this.#options.store });
  }

  /** What a silent shard has muted ends (SPEC I5). */
  #look(): void {
    const isDone = this.#presence.look();
    this.#loop.wake();
    this.#looking = this.#options.env.after(isDone ? LOOK_MS : 0, () => this.#look());
  }
}
