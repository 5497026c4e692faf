/** A document of the fake node: a log in memory, and people of the garden who write in it with a cursor. */

import type { Fault } from 'copse/internal/base/fault.ts';
import { permissionsAll } from 'copse/internal/api/model.ts';
import type { Fold } from 'copse/internal/client/log-fold.ts';
import { Cell } from 'copse/internal/client/store.ts';
import { applyUpdate, createRelativePositionFromTypeIndex, Doc, XmlElement, XmlText } from 'yjs';
import type { DeviceId, DocumentLog, LogEntry, PendingEntry, Present, Said, Trouble } from '../model/sdk.ts';
import { deviceOf, pause, type FakeNet } from './fake-log.ts';
import { ada, type Person } from './people.ts';
import type { Block } from './script.ts';

type Listener = (message: Said) => void;

/** First byte of an entry that is a whole change. */
const WHOLE = 1;

export class FakeDocument implements DocumentLog {
  readonly permissions = new Cell(permissionsAll);
  readonly trouble = new Cell<Trouble>(null);
  readonly presence = new Cell<readonly Present[]>([]);
  readonly pending = new Cell<readonly PendingEntry<Uint8Array>[]>([]);
  readonly bounds = new Cell({ first: 1, tail: 1 });
  readonly #net: FakeNet;
  readonly #device: DeviceId;
  readonly #listeners = new Set<Listener>();
  readonly #wakers = new Set<() => void>();
  readonly #entries: LogEntry<Uint8Array>[] = [];
  /** As it is at the others'. */
  readonly #doc = new Doc();
  #writer: Person;
  #count = 0;

  constructor(device: DeviceId, net: FakeNet, [writer, blocks]: readonly [Person, readonly Block[]]) {
    this.#net = net;
    this.#device = device;
    this.#writer = writer;
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.#push(Uint8Array.of(WHOLE, ...update), this.#writer);
    });
    if (blocks.length > 0) this.#doc.getXmlFragment('prosemirror').push(blocks.map(elementOf));
  }

  get status() {
    return this.#net.status;
  }

  append(value: Uint8Array): Promise<{ kind: 'ok'; at: number; durability: 'synced' }>;
  append(value: Uint8Array, options: { readonly at: number }): Promise<never>;
  async append(value: Uint8Array): Promise<{ kind: 'ok'; at: number; durability: 'synced' }> {
    const id = String(++this.#count);
    this.pending.set([...this.pending.get(), { id, timeMs: Date.now(), value }]);
    const fault = this.#net.takeFault();
    do await pause(this.#net.delayMs());
    while (this.#net.status.get() !== 'live');
    this.pending.set(this.pending.get().filter((entry) => entry.id !== id));
    if (fault !== null) throw fault;
    applyUpdate(this.#doc, value.subarray(1), this);
    return { kind: 'ok', at: this.#push(value, ada), durability: 'synced' };
  }

  #push(value: Uint8Array, { name, user }: Person): number {
    const at = this.#entries.length + 1;
    const mine = user === ada.user;
    const device = mine ? this.#device : deviceOf(user);
    const plain = { ruling: null, reason: null, broken: null, isPart: false, timeMs: Date.now() };
    this.#entries.push({ ...plain, at, device, user, name, value, mine });
    this.bounds.set({ first: 1, tail: at + 1 });
    for (const wake of this.#wakers) wake();
    return at;
  }

  async fold(fold: Fold<Uint8Array>) {
    const position = new Cell(1);
    const look = (): void => {
      fold.apply(this.#entries.slice(position.get() - 1));
      position.set(this.#entries.length + 1);
    };
    await pause(this.#net.delayMs());
    fold.load(null);
    look();
    this.#wakers.add(look);
    const close = async (): Promise<void> => {
      this.#wakers.delete(look);
    };
    return { position, close, trouble: new Cell<Fault | null>(null), ready: Promise.resolve() };
  }

  say(_value: unknown): void {}

  said(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Somebody comes, writes at the end of a block, and stays there with her cursor; a link when she has no good in mind. */
  write(who: Person, block: number, text: string, href: string | null = null): void {
    const device = deviceOf(who.user);
    this.presence.set([{ who: 1, user: who.user, device, name: who.name, state: undefined, mine: false }]);
    const element = this.#doc.getXmlFragment('prosemirror').get(block);
    const line = element instanceof XmlElement ? element.get(0) : null;
    if (!(line instanceof XmlText)) throw new RangeError(`Block ${block} has no text`);
    this.#writer = who;
    line.insert(line.length, text, href === null ? {} : { link: { href } });
    const head = createRelativePositionFromTypeIndex(line, line.length);
    const anchor = createRelativePositionFromTypeIndex(line, Math.max(0, line.length - text.length));
    const state = JSON.stringify({ user: { name: 'not her name' }, cursor: { anchor, head } });
    const value = { awareness: { client: this.#doc.clientID, clock: ++this.#count, state } };
    for (const listener of this.#listeners) listener({ who: 1, user: who.user, device, value });
  }
}

function elementOf({ kind, text, level }: Block): XmlElement {
  const element = new XmlElement(kind);
  if (level !== undefined) setLevel(element, level);
  if (kind === 'bullet_list') {
    element.insert(
      0,
      text.split('\n').map((line) => wrapped('list_item', wrapped('paragraph', new XmlText(line)))),
    );
  } else if (kind === 'blockquote') {
    element.insert(0, [wrapped('paragraph', new XmlText(text))]);
  } else {
    element.insert(0, [new XmlText(text)]);
  }
  return element;
}

/** A number, as ProseMirror has it; the types of Yjs know texts only. */
function setLevel(element: XmlElement, level: number): void {
  const typed: XmlElement<{ level: number }> = element;
  typed.setAttribute('level', level);
}

function wrapped(kind: string, child: XmlElement | XmlText): XmlElement {
  const element = new XmlElement(kind);
  element.insert(0, [child]);
  return element;
}
