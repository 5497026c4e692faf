/**
 * Who is in the document and where her cursor stands (SPEC Y7): the awareness of Yjs over what passes through a log
 * without being kept, sealed for the members as everything. Each editor says its own state and no other; one that
 * speaks for another connection's editor is not heard.
 */

import type { DeviceId, Said, UserId } from 'copse';
import { applyAwarenessUpdate, removeAwarenessStates, type Awareness } from 'y-protocols/awareness';
import type { DocumentLog } from './document-log.ts';
import {
  awarenessBytesMax,
  awarenessEveryMs,
  awarenessMax,
  awarenessPerConnectionMax,
  awarenessWelcomeMs,
} from './limits.ts';
import type { Timers } from './outgoing.ts';

/** Whose editor a client of Yjs is, as the node says it. */
export interface EditorPerson {
  readonly user: UserId | null;
  readonly device: DeviceId;
}

interface Editor extends EditorPerson {
  readonly who: number;
}

interface Words {
  readonly client: number;
  readonly clock: number;
  /** JSON, or null of an editor that leaves. */
  readonly state: string;
}

interface Change {
  readonly added: readonly number[];
  readonly updated: readonly number[];
  readonly removed: readonly number[];
}

export class AwarenessLink {
  readonly #log: DocumentLog;
  readonly #awareness: Awareness;
  readonly #timers: Timers;
  readonly #editorByClient = new Map<number, Editor>();
  readonly #stops: readonly (() => void)[];
  #known: ReadonlySet<number> = new Set();
  #timer: { cancel(): void } | null = null;
  /** States of this editor that were too large to be said. */
  tooLargeCount = 0;

  constructor(log: DocumentLog, awareness: Awareness, timers: Timers) {
    this.#log = log;
    this.#awareness = awareness;
    this.#timers = timers;
    const onUpdate = ({ added, updated, removed }: Change, origin: unknown): void => {
      if (origin !== this && [...added, ...updated, ...removed].includes(awareness.clientID)) {
        this.#sayWithin(awarenessEveryMs);
      }
    };
    awareness.on('update', onUpdate);
    this.#stops = [
      () => awareness.off('update', onUpdate),
      log.said((said) => this.#hear(said)),
      log.presence.subscribe(() => this.#present()),
    ];
    this.#present();
  }

  personOf(client: number): EditorPerson | null {
    return this.#editorByClient.get(client) ?? null;
  }

  /** At most once in a while: the last state counts. */
  #sayWithin(delayMs: number): void {
    this.#timer ??= this.#timers.after(delayMs, () => {
      this.#timer = null;
      this.#say();
    });
  }

  #say(): void {
    // Nobody would hear it.
    if (this.#known.size === 0) return;
    const { clientID: client, meta, states } = this.#awareness;
    const state = JSON.stringify(states.get(client) ?? null);
    if (new TextEncoder().encode(state).length > awarenessBytesMax) {
      this.tooLargeCount++;
      return;
    }
    // One more, because the first state of an editor has the clock 0, which says nothing.
    const words: Words = { client, clock: (meta.get(client)?.clock ?? 0) + 1, state };
    this.#log.say({ awareness: words });
  }

  #hear({ device, user, value, who }: Said): void {
    const words = wordsOf(value);
    if (words === null || words.client === this.#awareness.clientID || !this.#mayBe(words.client, who))
      return;
    try {
      JSON.parse(words.state);
    } catch {
      return;
    }
    this.#editorByClient.set(words.client, { who, user, device });
    applyAwarenessUpdate(this.#awareness, updateOf(words), this);
    if (!this.#awareness.states.has(words.client)) this.#editorByClient.delete(words.client);
  }

  /** An editor belongs to the connection that spoke for it first, and a connection has a few. */
  #mayBe(client: number, who: number): boolean {
    const known = this.#editorByClient.get(client);
    if (known !== undefined) return known.who === who;
    if (this.#editorByClient.size >= awarenessMax) return false;
    const own = [...this.#editorByClient.values()].filter((editor) => editor.who === who);
    return own.length < awarenessPerConnectionMax;
  }

  /** Who has gone takes her cursor along; who has come is told of ours. */
  #present(): void {
    const there = new Set(
      this.#log.presence
        .get()
        .filter(({ mine }) => !mine)
        .map(({ who }) => who),
    );
    const gone = [...this.#editorByClient].filter(([, { who }]) => !there.has(who)).map(([client]) => client);
    const hasCome = [...there].some((who) => !this.#known.has(who));
    this.#known = there;
    for (const client of gone) {
      this.#editorByClient.delete(client);
      // Otherwise the same editor, back on another connection, would speak with a clock that is known.
      this.#awareness.meta.delete(client);
    }
    removeAwarenessStates(this.#awareness, gone, this);
    if (hasCome && this.#awareness.getLocalState() !== null) {
      this.#sayWithin(Math.random() * awarenessWelcomeMs);
    }
  }

  /** The editor leaves. */
  end(): void {
    this.#timer?.cancel();
    this.#awareness.setLocalState(null);
    this.#say();
    for (const stop of this.#stops) stop();
    this.#timer?.cancel();
    removeAwarenessStates(this.#awareness, [...this.#editorByClient.keys()], this);
  }
}

function wordsOf(value: unknown): Words | null {
  if (typeof value !== 'object' || value === null || !('awareness' in value)) return null;
  const words = value.awareness;
  if (typeof words !== 'object' || words === null) return null;
  if (!('client' in words && 'clock' in words && 'state' in words)) return null;
  const { client, clock, state } = words;
  const isWhole = isNumber(client) && isNumber(clock) && typeof state === 'string';
  return isWhole ? { client, clock, state } : null;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** In the form of y-protocols: count, then client, clock and state. */
function updateOf({ client, clock, state }: Words): Uint8Array {
  const text = new TextEncoder().encode(state);
  return Uint8Array.from([1, ...varint(client), ...varint(clock), ...varint(text.length), ...text]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
