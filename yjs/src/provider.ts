/**
 * A document of Yjs whose changes are the entries of a log: live, durable, sealed for the members of the site,
 * and there without a connection (SPEC Y1-Y8). It has the form of other providers, so that what is built for
 * those works with it.
 */

import { permission, type Fault, type Store } from 'copse';
import { Awareness } from 'y-protocols/awareness';
import { applyUpdate, encodeStateAsUpdate, type Doc } from 'yjs';
import { AwarenessLink, type EditorPerson } from './awareness-link.ts';
import { Cell } from './cell.ts';
import { DocumentFold } from './document-fold.ts';
import type { DocumentLog } from './document-log.ts';
import { Events, type ProviderEvents, type ProviderStatus } from './events.ts';
import { settleMs } from './limits.ts';
import { Outgoing, realTimers, type Timers } from './outgoing.ts';
import { QueuedAppends } from './queued-appends.ts';
import type { Saving } from './saving.ts';

export interface ProviderOptions {
  /** The awareness that the editor uses; one is made otherwise, and `null` means none. */
  readonly awareness?: Awareness | null;
  /** Whether this device makes snapshots for all; it does, when it may write. */
  readonly snapshots?: boolean;
  /** Seam for tests. */
  readonly timers?: Timers;
}

export class CopseProvider {
  readonly doc: Doc;
  readonly awareness: Awareness | null;
  readonly #log: DocumentLog;
  readonly #events = new Events();
  readonly #saving = new Cell<Saving>({ kind: 'saved' }, isSameSaving);
  readonly #trouble = new Cell<Fault | null>(null);
  readonly #outgoing: Outgoing;
  readonly #fold: DocumentFold;
  readonly #link: AwarenessLink | null;
  readonly #ownsAwareness: boolean;
  readonly #stops: (() => void)[] = [];
  readonly #queued: QueuedAppends;
  /** What was in the document before, until it is known what of it the log has. */
  #brought: Uint8Array | null = null;
  readonly #timers: Timers;
  #settling: { cancel(): void } | null = null;
  #state: Awaited<ReturnType<DocumentLog['fold']>> | null = null;
  #show: () => void = () => {};
  #status: ProviderStatus = 'connecting';
  #isReady = false;
  #isSynced = false;
  #isOver = false;
  /** Resolves when the document shows what this device knows of it; rejects when the log cannot be had. */
  readonly ready: Promise<void>;

  constructor(log: DocumentLog, doc: Doc, options: ProviderOptions = {}) {
    this.doc = doc;
    this.#log = log;
    const timers = options.timers ?? realTimers;
    this.#timers = timers;
    this.#outgoing = new Outgoing({
      timers,
      append: (value) => log.append(value),
      isOffline: () => log.status.get() === 'offline',
      onChange: () => this.#changed(),
    });
    this.#fold = new DocumentFold(doc, {
      origin: this,
      isOwn: (value) => this.#outgoing.recognise(value),
      isClean: () => this.#brought === null && this.#outgoing.isEmpty && this.#queued.isEmpty,
      onAgain: () => this.#bring(),
    });
    this.#queued = new QueuedAppends(this.#fold, this.#outgoing);
    this.#bring();
    this.#ownsAwareness = options.awareness === undefined;
    this.awareness = options.awareness === undefined ? new Awareness(doc) : options.awareness;
    this.#link = this.awareness === null ? null : new AwarenessLink(log, this.awareness, timers);
    this.#listen();
    this.ready = this.#open(options);
    // Whoever does not wait for it sees the trouble of the log.
    this.ready.catch(() => {});
  }

  #listen(): void {
    const { doc } = this;
    const onUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin !== this) this.#outgoing.add(update);
    };
    const onDestroy = (): void => this.destroy();
    doc.on('update', onUpdate);
    doc.on('destroy', onDestroy);
    this.#stops.push(
      () => doc.off('update', onUpdate),
      () => doc.off('destroy', onDestroy),
      this.#log.status.subscribe(() => this.#changed()),
      this.#log.pending.subscribe(() => this.#takeQueued()),
      this.#log.permissions.subscribe(() => this.#permitted()),
      onLeaving(() => this.flush()),
    );
  }

  async #open({ snapshots = true }: ProviderOptions): Promise<void> {
    const state = await this.#log.fold(this.#fold, { snapshots });
    if (this.#isOver) return state.close();
    this.#state = state;
    this.#stops.push(
      ...[state.position, state.trouble, this.#log.bounds].map((store) =>
        store.subscribe(() => this.#changed()),
      ),
    );
    this.#takeQueued();
    await this.#shown(state.ready);
    if (this.#isOver) return;
    this.#isReady = true;
    this.#changed();
  }

  /** Resolves when there is something to show: all of it, the state that is kept here, or offline what else is. */
  #shown(whole: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#show = resolve;
      whole.then(resolve, reject);
    });
  }

  /** What the document holds may be unknown to the log. */
  #bring(): void {
    this.#brought = this.doc.store.clients.size === 0 ? null : encodeStateAsUpdate(this.doc);
  }

  #takeQueued(): void {
    this.#queued.take(this.#log.pending.get());
    this.#changed();
    this.#settleLater();
  }

  /** An acknowledgement may overtake its entry. */
  #settleLater(): void {
    if (!this.#queued.hasGone || !this.#isSynced) return;
    this.#settling ??= this.#timers.after(settleMs, () => {
      this.#settling = null;
      if (this.#isSynced) this.#queued.settle();
    });
  }

  /** What of the document's content the log lacks. */
  #sendBrought(): void {
    const brought = this.#brought;
    this.#brought = null;
    if (brought === null) return;
    const confirmed = this.#fold.confirmed();
    confirmed.on('update', (update: Uint8Array) => this.#outgoing.add(update));
    applyUpdate(confirmed, brought);
    confirmed.destroy();
    this.#changed();
  }

  /** Whether the document has all that the node has. */
  get synced(): boolean {
    return this.#isSynced;
  }

  get status(): ProviderStatus {
    return this.#status;
  }

  /** What has become of the changes that were made here. */
  get saving(): Store<Saving> {
    return this.#saving;
  }

  /** Entries that are no change of a document: of a hostile member, of a newer version, or closed to this user. */
  get skippedCount(): number {
    return this.#fold.skippedCount + this.#fold.lostCount;
  }

  /** What is wrong with the log of the document, or with a snapshot in it; null when all is well. */
  get trouble(): Store<Fault | null> {
    return this.#trouble;
  }

  /** Whether the beginning of the document is no longer kept. */
  get isTrimmed(): boolean {
    return this.#fold.isTrimmed;
  }

  /** Whose editor has a cursor, as the node says it and whatever its state claims. */
  personOf(client: number): EditorPerson | null {
    return this.#link?.personOf(client) ?? null;
  }

  on<Name extends keyof ProviderEvents>(name: Name, listener: ProviderEvents[Name]): void {
    this.#events.on(name, listener);
  }

  off<Name extends keyof ProviderEvents>(name: Name, listener: ProviderEvents[Name]): void {
    this.#events.off(name, listener);
  }

  /** Bindings call these; the connection is the device's. */
  connect(): void {}

  disconnect(): void {}

  /** Appends what was typed in the last moment. */
  flush(): void {
    this.#outgoing.flush();
  }

  /** Appends what was refused once more. */
  retry(): void {
    this.#outgoing.retry();
  }

  /** Resolves when every change of this device is in the log, rejects when one was refused. */
  saved(): Promise<void> {
    this.flush();
    return new Promise((resolve, reject) => {
      let stop = (): void => {};
      const look = (): boolean => {
        const saving = this.#saving.get();
        if (saving.kind === 'refused') reject(saving.fault);
        else if (saving.kind !== 'saved') return false;
        else resolve();
        stop();
        return true;
      };
      if (!look()) stop = this.#saving.subscribe(look);
    });
  }

  /** A right to write that has come: what was refused for its want is appended. */
  #permitted(): void {
    if ((this.#log.permissions.get() & permission.write) !== 0) this.#outgoing.retry();
  }

  #changed(): void {
    if (this.#isOver) return;
    this.#saving.set(this.#savingNow());
    this.#trouble.set(this.#state?.trouble.get() ?? null);
    const status = statusOf(this.#log);
    if (status !== this.#status) {
      this.#status = status;
      this.#events.status(status);
    }
    this.#look();
    const isSynced = this.#isReady && this.#isCurrent;
    if (isSynced === this.#isSynced) return;
    this.#isSynced = isSynced;
    if (isSynced) {
      this.#sendBrought();
      this.#settleLater();
    }
    this.#events.sync(isSynced);
  }

  get #position(): number {
    return this.#state?.position.get() ?? 1;
  }

  get #isCurrent(): boolean {
    return this.#log.status.get() === 'live' && this.#position === this.#log.bounds.get().tail;
  }

  /** Offline, what was read last and what waits in the queue is the document. */
  #look(): void {
    const isSomething = this.#position > 1 || !this.#queued.isEmpty;
    if (!this.#isReady && isSomething && this.#log.status.get() === 'offline') this.#show();
  }

  #savingNow(): Saving {
    const fault = this.#outgoing.refused.get();
    if (fault !== null) return { kind: 'refused', fault };
    if (this.#outgoing.isEmpty && this.#queued.isEmpty && this.#brought === null) return { kind: 'saved' };
    return { kind: this.#log.status.get() === 'offline' ? 'waiting' : 'saving' };
  }

  /** Ends it; the document stays as it is, and what was typed is appended. */
  destroy(): void {
    // What cannot be kept is at the node.
    this.close().catch(() => {});
  }

  /** The same; resolves when what is known of the document is kept on this device. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#outgoing.end();
    this.#isOver = true;
    this.#settling?.cancel();
    for (const stop of this.#stops) stop();
    this.#link?.end();
    if (this.#ownsAwareness) this.awareness?.destroy();
    this.#events.clear();
    await this.#state?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

function statusOf(log: DocumentLog): ProviderStatus {
  const status = log.status.get();
  if (status === 'offline') return 'disconnected';
  return status === 'connecting' ? 'connecting' : 'connected';
}

function isSameSaving(a: Saving, b: Saving): boolean {
  if (a.kind === 'refused' && b.kind === 'refused') return a.fault === b.fault;
  return a.kind === b.kind;
}

/** Calls back when the page is hidden or closed, where there are pages. */
function onLeaving(task: () => void): () => void {
  if (typeof document === 'undefined') return () => {};
  document.addEventListener('visibilitychange', task);
  addEventListener('pagehide', task);
  return () => {
    document.removeEventListener('visibilitychange', task);
    removeEventListener('pagehide', task);
  };
}
