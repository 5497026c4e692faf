/** Leaving a message without an account: its price, how far the work is and why it was not taken, in words (SPEC U53). */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import { knockBytesMax, workUnitBytes } from 'copse/internal/base/limits-work.ts';
import { secondsWords, workWords } from './reach-words.ts';

/** What a message has besides its words: keys, signature and time, rounded up. */
const FRAME_BYTES = 256;
/** What is left of the room is told when it is less than this. */
const TOLD_BYTES = 1024;

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text.trim()).length;
}

/** For how many bytes the price is asked: it rises with each doubling, so that it is asked once for each. */
export function pricedSize(text: string): number {
  let size = workUnitBytes;
  while (size < bytesOf(text) + FRAME_BYTES && size < knockBytesMax) size *= 2;
  return size;
}

export interface KnockRoomLeft {
  readonly isOver: boolean;
  readonly words: string;
}

/** The end of the room, told before it is reached. */
export function knockRoomLeft(text: string): KnockRoomLeft {
  const left = knockBytesMax - FRAME_BYTES - bytesOf(text);
  if (left < 0) return { isOver: true, words: 'This is too long for one message. Shorten it a little.' };
  return { isOver: false, words: left > TOLD_BYTES ? '' : `Room for about ${left} more letters.` };
}

export function costWords(bits: number): string {
  return `Sending it takes ${workWords(bits)} of this device’s work. That keeps those away who send to thousands; nobody is paid.`;
}

/** How long it usually goes on; it is luck, so that what was done says nothing about what is left for sure. */
export function leftWords(
  { bits, tries }: { readonly bits: number; readonly tries: number },
  ms: number,
): string {
  if (tries === 0 || ms <= 0) return 'This device begins to work …';
  const seconds = ((2 ** bits - tries) * (ms / tries)) / 1000;
  if (seconds <= 0) return 'It takes longer than usual, which is luck. It may be done at any moment.';
  return `Usually ${secondsWords(seconds)} more.`;
}

export interface KnockRefusal {
  readonly code: FaultCode;
  readonly title: string;
  readonly hint: string;
}

const OFFLINE = {
  title: 'Not sent: the node cannot be reached',
  hint: 'Your words stay here. Send them when the connection is back.',
};
const CLOCK = {
  title: 'Not sent: the clock of this device is wrong',
  hint: 'Set it by the network and send your words again; they stay here.',
};

const WORDS: Partial<Record<FaultCode, Pick<KnockRefusal, 'title' | 'hint'>>> = {
  closed: OFFLINE,
  deadline: OFFLINE,
  draining: OFFLINE,
  malformed: CLOCK,
  expired: CLOCK,
  tooMany: {
    title: 'Not sent: many people write here at this moment',
    hint: 'Your words stay here. Wait a minute and send them again.',
  },
  full: {
    title: 'Not sent: there is no room at the moment',
    hint: 'Your words stay here. Send them in an hour or tomorrow.',
  },
  forbidden: {
    title: 'Not sent: no messages are taken any more',
    hint: 'Your words stay here, to copy them.',
  },
};

/** `hasRisen`: more work is asked now than was told. */
export function knockRefusal(code: FaultCode, hasRisen: boolean): KnockRefusal {
  if (code === 'full' && hasRisen)
    return {
      code,
      title: 'Not sent: more work is asked now',
      hint: 'Many people write here. What it takes now stands below: send your words for that, or come back later. They stay here.',
    };
  const { title, hint } = WORDS[code] ?? {
    title: `Not sent: ${FAULTS[code].what}`,
    hint: FAULT_HELP[code].hint,
  };
  return { code, title, hint };
}

/** What a device remembers of a message that was left: its id, and until when it waits at most. */
export interface KnockLeft {
  readonly id: string;
  readonly untilMs: number;
}

export function encodeLeft({ id, untilMs }: KnockLeft): string {
  return `${id} ${untilMs}`;
}

/** Null: nothing, or nothing that can be read. One without a time has waited long enough. */
export function decodeLeft(text: string): KnockLeft | null {
  const [, id, untilMs = '0'] = /^([0-9a-f]{64})(?: (\d{1,15}))?$/u.exec(text) ?? [];
  return id === undefined ? null : { id, untilMs: Number(untilMs) };
}
