/**
 * Drafts of posts and answers on this device and on the others of its user (SPEC U52): here at once, at the node as
 * a sealed statement when somebody pauses. Without a connection they wait here.
 */

import { createSignal, onCleanup } from 'solid-js';
import {
  decodeDrafts,
  emptyDesk,
  encodeDrafts,
  forgotten,
  found,
  otherWords,
  toShare,
  typed,
  wordsOf,
  type Desk,
  type DraftWords,
} from '../../logic/neighbourhood/drafts.ts';
import type { Local } from '../local.ts';
import type { Neighbourhood } from '../sdk-street.ts';

export interface DraftBook {
  readonly words: (name: string) => string;
  /** Another device has typed others, later. */
  readonly other: (name: string) => string | null;
  readonly write: (name: string, text: string) => void;
  /** It is posted: other devices need it no more. */
  readonly clear: (name: string) => void;
  /** What the other device has typed stands here, too. */
  readonly take: (name: string) => void;
  /** Another device has written, or the connection is back. */
  readonly look: () => Promise<void>;
}

export interface DraftBookOptions {
  readonly place: Pick<Neighbourhood, 'shared' | 'setShared'>;
  readonly local: Pick<Local, 'draft' | 'setDraft'>;
  readonly mayShare: () => boolean;
  /** A page that is closed, or put away on a phone, says so and nothing more. */
  readonly onHide: (hide: () => void) => void;
}

export const draftsName = 'drafts';

const PLACE = 'neighbourhood';
/** Beside the drafts on this device: which of them were not shared, and when they were typed. */
const UNSHARED = 'unshared';
/** Writing to the device waits for a pause. */
export const KEEP_MS = 400;
/** Each write is a message of the account: one at a pause, and none for each word. */
const SHARE_MS = 4_000;

// long: the desk and what is done with it
export function createDraftBook({ place, local, mayShare, onHide }: DraftBookOptions): DraftBook {
  const [desk, setDesk] = createSignal<Desk>(begun(local));
  let keeping: ReturnType<typeof setTimeout> | undefined;
  let sharing: ReturnType<typeof setTimeout> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let isWriting = false;
  let isGone = false;
  const keep = (): void => {
    clearTimeout(keeping);
    // Who has signed out leaves nothing here.
    if (!isGone) keepHere(local, desk());
  };
  const put = (next: Desk): void => {
    const left = [...desk().own.keys()].filter((name) => !next.own.has(name));
    setDesk(next);
    if (left.length > 0) leave(local, left);
  };
  const read = async (): Promise<void> => {
    put(found(desk(), decodeDrafts(await place.shared(draftsName))));
    keep();
  };
  const write = async (): Promise<void> => {
    if (!mayShare() || toShare(desk()) === null) return;
    isWriting = true;
    try {
      await read();
      const next = toShare(desk());
      if (next === null) return;
      await place.setShared(draftsName, encodeDrafts(next));
      put(found(desk(), next));
    } finally {
      isWriting = false;
    }
  };
  /** One after the other: what is read before a write would else count as what is there after it. */
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const done = turn.then(task);
    turn = done.catch(() => {});
    return done;
  };
  const share = (): void => {
    clearTimeout(sharing);
    // Without an answer they wait here, for the next key or the connection.
    inTurn(write).catch(() => {});
  };
  const shareSoon = (): void => {
    clearTimeout(sharing);
    sharing = setTimeout(share, SHARE_MS);
  };
  const hide = (): void => {
    keep();
    share();
  };
  onHide(hide);
  onCleanup(() => {
    isGone = true;
    clearTimeout(sharing);
    clearTimeout(keeping);
  });
  return {
    words: (name) => wordsOf(desk(), name) ?? local.draft(PLACE, name),
    other: (name) => otherWords(desk(), name),
    write(name, text) {
      put(typed(desk(), name, { timeMs: Date.now(), text }));
      clearTimeout(keeping);
      keeping = setTimeout(keep, KEEP_MS);
      shareSoon();
    },
    clear(name) {
      const isKnown = isWriting || (desk().shared.get(name)?.text ?? '') !== '';
      local.setDraft(PLACE, name, '');
      put(isKnown ? typed(desk(), name, { timeMs: Date.now(), text: '' }) : forgotten(desk(), name));
      hide();
    },
    take(name) {
      put(forgotten(desk(), name));
      keep();
    },
    async look() {
      await inTurn(read);
      if (toShare(desk()) !== null) shareSoon();
    },
  };
}

type Here = DraftBookOptions['local'];

function begun(local: Here): Desk {
  const own = [...unsharedIn(local)].map(([name, timeMs]): [string, DraftWords] => [
    name,
    { timeMs, text: local.draft(PLACE, name) },
  ]);
  return { ...emptyDesk, own: new Map(own) };
}

/** Another tab may be typing: what it has not shared stays as it is. */
function keepHere(local: Here, { shared, own }: Desk): void {
  const unshared = new Map(unsharedIn(local));
  for (const [name, { text }] of [...shared].filter(([each]) => !unshared.has(each)))
    if (local.draft(PLACE, name) !== text) local.setDraft(PLACE, name, text);
  for (const [name, { timeMs, text }] of own) {
    unshared.set(name, timeMs);
    local.setDraft(PLACE, name, text);
  }
  setUnshared(local, unshared);
}

function leave(local: Here, names: readonly string[]): void {
  setUnshared(local, new Map([...unsharedIn(local)].filter(([name]) => !names.includes(name))));
}

function setUnshared(local: Here, unshared: ReadonlyMap<string, number>): void {
  local.setDraft(PLACE, UNSHARED, unshared.size === 0 ? '' : JSON.stringify([...unshared]));
}

function unsharedIn(local: Here): ReadonlyMap<string, number> {
  const rows = parsedOf(local.draft(PLACE, UNSHARED));
  if (!Array.isArray(rows)) return new Map();
  return new Map(
    rows.flatMap((row: unknown): readonly (readonly [string, number])[] => {
      if (!Array.isArray(row)) return [];
      const [name, timeMs]: readonly unknown[] = row;
      return typeof name === 'string' && typeof timeMs === 'number' ? [[name, timeMs]] : [];
    }),
  );
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
