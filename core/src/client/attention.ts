/**
 * Whether somebody looks at this application, and what she has read, as it says it (SPEC I18): while she looks at
 * a device of hers none of them is notified, and what was read on one is taken back on the others. Offline
 * too: the device tells its node when it can.
 */

import { hex } from '../base/bytes.ts';
import type { Timer } from '../base/env.ts';
import { lookAgainMs, readSayMs } from '../base/limits-notify.ts';
import { attendApi, type AttendRemote } from './attend-api.ts';
import type { FaceLine } from './face.ts';
import { tunnelled, type Carry } from './facet-tunnel.ts';
import type { HomeRemote } from './home-api.ts';
import type { Log } from './log.ts';

const FACE_BYTES = 8;
/** How soon a home that has moved to another tab is told. */
const LOOK_STEP_MS = 2_000;

type Read = Parameters<AttendRemote['read']>[0];

export class Attention {
  readonly #line: FaceLine;
  readonly #remote: AttendRemote;
  readonly #face: string;
  #isHere = false;
  /** The home that was told last, and when. */
  #told: { readonly home: HomeRemote; readonly atMs: number } | null = null;
  #timer: Timer | null = null;
  readonly #readByLog = new Map<Log, Read>();
  #isSaying = false;

  constructor(line: FaceLine, pass: Carry) {
    this.#line = line;
    this.#remote = tunnelled(attendApi, pass);
    this.#face = hex(line.env.random(FACE_BYTES));
  }

  /**
   * Whether somebody looks at this application from now on: its page is shown and has the focus. She is here as
   * long as one of the tabs says so.
   */
  look(isHere: boolean): void {
    if (this.#isHere === isHere) return;
    this.#isHere = isHere;
    this.#told = null;
    this.#say();
  }

  #say(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { now, env, isEnded } = this.#line;
    if (isEnded) return;
    const isTold = now !== null && this.#told?.home === now && env.nowMs() - this.#told.atMs < lookAgainMs;
    if (now !== null && !isTold) {
      this.#told = { home: now, atMs: env.nowMs() };
      this.#remote.look({ face: this.#face, isHere: this.#isHere }).catch(() => {
        this.#told = null;
      });
    }
    if (this.#isHere) this.#timer = env.after(LOOK_STEP_MS, () => this.#say());
  }

  /** The entries of a log up to the one at `at` were read; all that this device has seen unless said otherwise. */
  read(log: Log, at: number = log.bounds.get().tail - 1): void {
    if (at < 1 || at <= (this.#readByLog.get(log)?.at ?? 0)) return;
    this.#readByLog.set(log, { site: log.site, name: log.name, at });
    if (this.#isSaying) return;
    this.#isSaying = true;
    this.#line.env.after(readSayMs, () => this.#sayReads());
  }

  #sayReads(): void {
    this.#isSaying = false;
    const reads = [...this.#readByLog];
    this.#readByLog.clear();
    for (const [log, read] of reads) {
      this.#remote.read(read).catch(() => {
        // There was no home for the moment; what was read further meanwhile says this too.
        if (!this.#line.isEnded) this.read(log, read.at);
      });
    }
  }
}
