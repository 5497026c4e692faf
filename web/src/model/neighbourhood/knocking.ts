/** One message to somebody at whose node one has no account: its words, its price, the work, what became of it. */

import { hex } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { createEffect, createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import {
  decodeLeft,
  encodeLeft,
  knockRefusal,
  pricedSize,
  type KnockRefusal,
} from '../../logic/neighbourhood/knock-words.ts';
import type { Local } from '../local.ts';
import type { Knocked, KnockOptions, Visit } from '../sdk-street.ts';
import { keyOf, type PersonKey } from './keys.ts';

/** The clock of a device may be ahead by so much: what is over by it may still wait. */
const CLOCK_MS = 86_400_000;

type WorkProgress = Parameters<NonNullable<KnockOptions['onProgress']>>[0];

/** What is asked for a message of this length; closed: nobody is reached there. */
export type Asked =
  | { readonly kind: 'asking' | 'closed' }
  | { readonly kind: 'open'; readonly bits: number }
  | { readonly kind: 'failed'; readonly thrown: unknown };

export type KnockState =
  | { readonly kind: 'writing'; readonly refusal: KnockRefusal | null }
  | { readonly kind: 'working'; readonly work: WorkProgress | null; readonly ms: number }
  | { readonly kind: 'sent'; readonly knocked: Knocked };

export interface Knocking {
  readonly person: PersonKey;
  readonly name: Accessor<string>;
  readonly text: Accessor<string>;
  readonly write: (text: string) => void;
  readonly asked: Accessor<Asked>;
  readonly ask: () => Promise<void>;
  readonly state: Accessor<KnockState>;
  readonly send: () => Promise<void>;
  readonly stop: () => void;
  readonly again: () => void;
  readonly last: Accessor<LastKnock>;
}

/** What became of the last message from here. Whoever was declined is not told: it waits until its time is over. */
export type LastKnock =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'accepted'; readonly id: string };

export interface KnockingParts {
  readonly place: Visit;
  readonly person: PersonKey;
  readonly local: Local;
}

/** Where its words lie until the node has them, and where it is remembered then. */
const WORDS = 'knock';
const SENT = 'knocked';
/** The work tells a hundred times a second how far it is: nobody reads that. */
const SHOWN_MS = 250;
const WRITING: KnockState = { kind: 'writing', refusal: null };

export function createKnocking(parts: KnockingParts): Knocking {
  const { place, person, local } = parts;
  const to = keyOf(person);
  const [text, setText] = createSignal(local.draft(WORDS, person));
  const [state, setState] = createSignal<KnockState>(WRITING);
  const { asked, ask } = createAsked(parts, text);
  const { name, last, look } = createKnown(parts);
  let end = new AbortController();
  onCleanup(() => end.abort());
  const write = (next: string): void => {
    local.setDraft(WORDS, person, next);
    setText(next);
  };
  async function send(): Promise<void> {
    const before = asked();
    if (before.kind !== 'open' || state().kind === 'working') return;
    end = new AbortController();
    const { signal } = end;
    const draft = { text: text().trim() };
    const onProgress = createShown((work, ms) => setState({ kind: 'working', work, ms }));
    setState({ kind: 'working', work: null, ms: 0 });
    try {
      const knocked = await place.doorstep.knock(to, draft, { bitsMax: before.bits, signal, onProgress });
      const { untilMs = 0 } = knocked;
      local.setDraft(SENT, person, encodeLeft({ id: hex(knocked.message.id), untilMs }));
      write('');
      setState({ kind: 'sent', knocked });
      await look();
    } catch (thrown) {
      if (signal.aborted) setState(WRITING);
      else await refused(thrown, before.bits);
    }
  }
  async function refused(thrown: unknown, bits: number): Promise<void> {
    await ask();
    const now = asked();
    const hasRisen = now.kind === 'open' && now.bits > bits;
    setState({ kind: 'writing', refusal: knockRefusal(asFault(thrown).code, hasRisen) });
  }
  return {
    person,
    text,
    write,
    asked,
    ask,
    state,
    send,
    stop: () => end.abort(),
    again: () => setState(WRITING),
    name,
    last,
  };
}

function createAsked(
  { place, person }: KnockingParts,
  text: Accessor<string>,
): Pick<Knocking, 'asked' | 'ask'> {
  const [asked, setAsked] = createSignal<Asked>({ kind: 'asking' });
  const size = createMemo(() => pricedSize(text()));
  let count = 0;
  const ask = async (): Promise<void> => {
    const turn = ++count;
    try {
      const price = await place.doorstep.price(keyOf(person), size());
      if (turn === count) setAsked(price === null ? { kind: 'closed' } : { kind: 'open', bits: price.bits });
    } catch (thrown) {
      // What was told before counts on: sending says what is wrong.
      if (turn === count && asked().kind !== 'open') setAsked({ kind: 'failed', thrown });
    }
  };
  createEffect(() => {
    size();
    void ask();
  });
  return { asked, ask };
}

/** What is known of whom it is for, and of what was left with her before. */
function createKnown({ place, person, local }: KnockingParts): Pick<Knocking, 'name' | 'last'> & {
  readonly look: () => Promise<void>;
} {
  const [name, setName] = createSignal('');
  const [last, setLast] = createSignal<LastKnock>({ kind: 'none' });
  const look = async (): Promise<void> => {
    const left = decodeLeft(local.draft(SENT, person));
    if (left === null) return;
    const { id, untilMs } = left;
    const isWaiting = untilMs > Date.now();
    try {
      if ((await place.get(id)) !== null) setLast({ kind: 'accepted', id });
      else if (isWaiting) setLast({ kind: 'waiting', untilMs });
      else if (untilMs + CLOCK_MS < Date.now()) local.setDraft(SENT, person, '');
    } catch {
      // Without an answer it is not known to have been accepted.
      if (isWaiting) setLast({ kind: 'waiting', untilMs });
    }
  };
  void look();
  // Without it the message can be written all the same.
  place.profile(keyOf(person)).then(
    (profile) => setName(profile?.name.trim() ?? ''),
    () => {},
  );
  return { name, last, look };
}

function createShown(show: (work: WorkProgress, ms: number) => void): (work: WorkProgress) => void {
  const beganMs = Date.now();
  let shownMs = 0;
  return (work) => {
    const nowMs = Date.now();
    if (nowMs - shownMs < SHOWN_MS) return;
    shownMs = nowMs;
    show(work, nowMs - beganMs);
  };
}
