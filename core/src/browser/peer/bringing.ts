/**
 * How what was written here gets to the node (SPEC Z56): in the order in which it was written, once, by itself when
 * the node can be reached. What the node does not take stays with the reason, until the user says what becomes of it.
 */

import type { PeerRemote, Published } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import type { Env, Timer } from '../../base/env.ts';
import { asFault, Fault, FAULT_CODES, FAULTS } from '../../base/fault.ts';
import { homeLookMs } from '../../base/limits-peer.ts';
import { unlessFull } from '../../social/store/unless-full.ts';
import type { HomeKeep, Waiting } from './keep.ts';

export interface BringingOptions {
  readonly env: Env;
  readonly keep: Pick<HomeKeep, 'waiting' | 'remove' | 'refuse'>;
  /** Something waits that did not, or no longer. */
  readonly onChange: () => void;
}

/** Messages of one call, and their bytes: below one protocol message. */
const ROWS = 64;
const BYTES = 512 * 1024;
/** A node that is busy is asked again, and so is a disk that is full. */
const AGAIN_MS = 3_000;
const WHY_CHARACTERS_MAX = 60;

/** To whom it is brought. */
type Brought = Pick<PeerRemote, 'publish'>;
type Waiter = (answer: Published | null) => void;

export class Bringing {
  readonly #options: BringingOptions;
  readonly #waiters = new Map<string, Waiter>();
  #remote: Brought | null = null;
  /** Whether it is known if the node answers. */
  #isMet = false;
  #running: Promise<void> | null = null;
  #isAgain = false;
  #timer: Timer | null = null;

  constructor(options: BringingOptions) {
    this.#options = options;
  }

  up(remote: Brought): void {
    this.#remote = remote;
    this.#isMet = true;
    void this.go();
  }

  down(): void {
    this.#remote = null;
    this.#isMet = true;
    this.#timer?.cancel();
    for (const waiter of this.#waiters.values()) waiter(null);
    this.#waiters.clear();
  }

  /** Brings what waits. */
  go(): Promise<void> {
    this.#isAgain = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // Written in the turns in which the last run came to its end.
      if (this.#isAgain && this.#remote !== null) void this.go();
    });
    return this.#running;
  }

  /** What the node says of a message that waits; null when it says nothing in this time. */
  answer(id: Uint8Array, withinMs: number): Promise<Published | null> {
    if (this.#remote === null && this.#isMet) return Promise.resolve(null);
    // Who has just begun waits a moment to find out whether there is a node.
    const delayMs = this.#remote === null ? Math.min(withinMs, homeLookMs) : withinMs;
    return new Promise((resolve) => {
      const name = hex(id);
      const timer = this.#options.env.after(delayMs, () => {
        this.#waiters.delete(name);
        resolve(null);
      });
      this.#waiters.set(name, (answer) => {
        timer.cancel();
        resolve(answer);
      });
    });
  }

  /** Nobody waits for it any more. */
  leave(id: Uint8Array): void {
    const name = hex(id);
    this.#waiters.get(name)?.(null);
    this.#waiters.delete(name);
  }

  async #run(): Promise<void> {
    for (let remote = this.#remote; this.#isAgain && remote !== null; remote = this.#remote) {
      this.#isAgain = false;
      try {
        await this.#all(remote);
      } catch (thrown) {
        this.#options.env.log('info', 'peer.bringing', { fault: asFault(thrown).code });
        // Another line is asked at once.
        if (this.#remote === remote) this.#later();
      }
    }
  }

  async #all(remote: Brought): Promise<void> {
    const { keep } = this.#options;
    for (;;) {
      const rows = within(keep.waiting(ROWS), BYTES);
      if (rows.length === 0) return;
      const { answers } = await this.#asked(remote, rows);
      let isAgain = false;
      for (const [at, row] of rows.entries()) {
        const answer = answers[at];
        const isOver = answer !== undefined && !isLater(answer) && this.#answered(row, answer);
        isAgain ||= !isOver;
      }
      this.#options.onChange();
      if (isAgain) throw new Fault('tooMany', 'the node is busy, or the disk full');
    }
  }

  /** A fault of the whole call is the answer to each: who has no account there is told so. */
  async #asked(
    remote: Brought,
    rows: readonly Waiting[],
  ): Promise<{ readonly answers: readonly Published[] }> {
    try {
      return await remote.publish({ messages: rows.map(({ bytes }) => bytes) });
    } catch (thrown) {
      const { code, message, retry } = asFault(thrown);
      if (retry !== 'never') throw thrown;
      const why = message.slice(0, WHY_CHARACTERS_MAX);
      return { answers: rows.map(() => ({ kind: 'refused', fault: FAULTS[code].number, why })) };
    }
  }

  /** Whoever waits is told; answers whether it is kept, too. */
  #answered({ id }: Waiting, answer: Published): boolean {
    const { env, keep } = this.#options;
    const name = hex(id);
    const waiter = this.#waiters.get(name);
    this.#waiters.delete(name);
    const fault = faultIn(answer);
    const isKept = unlessFull(env, 'peer.brought', () => {
      // Who waits for the answer decides herself; otherwise it stays with the reason.
      if (fault === null || waiter !== undefined) keep.remove([id]);
      else keep.refuse(id, FAULTS[fault.code].number, fault.detail);
      return true;
    });
    waiter?.(answer);
    return isKept !== null;
  }

  #later(): void {
    this.#isAgain = false;
    this.#timer?.cancel();
    this.#timer = this.#options.env.after(AGAIN_MS, () => void this.go());
  }
}

/** The first of them that have room together; at least one. */
function within(rows: readonly Waiting[], bytesMax: number): readonly Waiting[] {
  let bytes = 0;
  const end = rows.findIndex((row, at) => {
    bytes += row.bytes.length;
    return at > 0 && bytes > bytesMax;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

/** Why a message was not taken; null: it was, or a newer statement of the user has taken its place. */
function faultIn(answer: Published): Fault | null {
  switch (answer.kind) {
    case 'stored':
    case 'known':
    case 'overtaken':
      return null;
    case 'old':
      return new Fault('expired');
    case 'full':
      return new Fault('full');
    case 'refused':
      return new Fault(FAULT_CODES.get(answer.fault) ?? 'malformed', answer.why);
  }
}

function isLater(answer: Published): boolean {
  if (answer.kind !== 'refused') return false;
  const code = FAULT_CODES.get(answer.fault);
  return code !== undefined && FAULTS[code].retry === 'later';
}
