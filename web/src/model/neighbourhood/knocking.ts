/** One message to somebody at whose node one has no account: its words, its price, the work, what became of it. */

import { hex } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { createEffect, createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import { knockRefusal, pricedSize, type KnockRefusal } from '../../logic/neighbourhood/knock-words.ts';
import type { Local } from '../local.ts';
import type { Knocked, KnockOptions, Visit } from '../sdk-street.ts';
import { keyOf, type PersonKey } from './keys.ts';

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
  /** The id of the last message from here, when it was accepted. */
  readonly accepted: Accessor<string | null>;
}

export interface KnockingParts {
  readonly place: Visit;
  readonly person: PersonKey;
  readonly local: Local;
}

/** Where its words lie until the node has them, and where its id lies then. */
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
      local.setDraft(SENT, person, hex(knocked.message.id));
      write('');
      setState({ kind: 'sent', knocked });
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
    ...createKnown(parts),
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
function createKnown({ place, person, local }: KnockingParts): Pick<Knocking, 'name' | 'accepted'> {
  const [name, setName] = createSignal('');
  const [accepted, setAccepted] = createSignal<string | null>(null);
  const look = async (): Promise<void> => {
    setName((await place.profile(keyOf(person)))?.name.trim() ?? '');
    const sent = local.draft(SENT, person);
    if (sent !== '' && (await place.get(sent)) !== null) setAccepted(sent);
  };
  // Without either the message can be written all the same.
  look().catch(() => {});
  return { name, accepted };
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
