/**
 * Keeps a scrolled place while rows come and go around it. Browsers have scroll anchoring of their own, but
 * not all, and it gives up when rows are taken away; so one row in sight is remembered and put back.
 */

import { createSignal, type Accessor } from 'solid-js';

export interface Scroller {
  readonly bind: (element: HTMLElement) => void;
  readonly element: () => HTMLElement | undefined;
  readonly isAtEnd: Accessor<boolean>;
  /** Reads where the reader is, after a scroll. */
  readonly look: () => void;
  readonly above: () => number;
  readonly below: () => number;
  /** Before rows change. */
  readonly remember: () => void;
  /** After they changed: the end stays the end, another place stays that place. */
  readonly restore: () => void;
  /** After the frame changed its size. */
  readonly settle: () => void;
  readonly toEnd: () => void;
  /** The first sight of the room: the mark of what is new near the top, or else the end. */
  readonly enter: () => void;
}

interface Place {
  readonly key: string;
  readonly top: number;
}

/** Less than a line from the end is the end. */
const END_PX = 48;

export function createScroller(): Scroller {
  let frame: HTMLElement | undefined;
  let place: Place | null = null;
  const [isAtEnd, setAtEnd] = createSignal(true);
  const below = (): number =>
    frame === undefined ? 0 : frame.scrollHeight - frame.scrollTop - frame.clientHeight;
  const toEnd = (): void => {
    setAtEnd(true);
    frame?.scrollTo({ top: frame.scrollHeight });
  };
  const settle = (): void => {
    if (isAtEnd()) toEnd();
  };
  return {
    isAtEnd,
    below,
    toEnd,
    settle,
    bind: (element) => (frame = element),
    element: () => frame,
    above: () => frame?.scrollTop ?? 0,
    look: () => setAtEnd(below() < END_PX),
    remember() {
      place = frame === undefined || isAtEnd() ? null : placeIn(frame);
    },
    restore() {
      if (frame === undefined) return;
      if (place === null) settle();
      else putBack(frame, place);
      place = null;
    },
    enter() {
      const mark = frame?.querySelector('[data-key="new"]');
      if (frame === undefined || !(mark instanceof HTMLElement)) {
        toEnd();
        return;
      }
      frame.scrollTop = mark.offsetTop - frame.clientHeight / 4;
      setAtEnd(below() < END_PX);
    },
  };
}

/** The first message in sight and its distance from the upper edge. */
function placeIn(frame: HTMLElement): Place | null {
  const edge = frame.getBoundingClientRect().top;
  for (const row of frame.querySelectorAll<HTMLElement>('[data-key^="at "]')) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge) return { key: row.dataset['key'] ?? '', top: top - edge };
  }
  return null;
}

function putBack(frame: HTMLElement, place: Place): void {
  const row = frame.querySelector(`[data-key="${place.key}"]`);
  if (row === null) return;
  const top = row.getBoundingClientRect().top - frame.getBoundingClientRect().top;
  frame.scrollTop += top - place.top;
}
