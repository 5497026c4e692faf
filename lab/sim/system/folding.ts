/**
 * The folds of one run of an application (SPEC Q1 to Q6): each says of a log which values it has heard, and where,
 * as one digest, which goes through snapshots and what devices keep. In the end every one of them must be what the
 * judge has seen. Now and then one makes a snapshot that stands for other entries than it says.
 */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { FoldLine } from 'copse/internal/client/fold-line.ts';
import type { Fold, LogFold } from 'copse/internal/client/log-fold.ts';
import type { Log } from 'copse/internal/client/log.ts';
import type { LogEntry } from 'copse/internal/client/types.ts';
import type { LogHistory } from '../history.ts';
import type { World } from '../world.ts';
import { textOf } from './leading.ts';

export interface FoldingOwner {
  /** A snapshot is worth it after so many bytes. */
  readonly worthBytes: number;
  readonly who: string;
  note(text: string): void;
}

/** What was heard up to a place, in few bytes: what a state is of, whoever made it. */
function digestOf(before: string, at: number, value: string): string {
  let hash = 0x811c_9dc5;
  for (const char of `${before} ${at} ${value}`)
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x0100_0193);
  return (hash >>> 0).toString(16);
}

const NOTHING_HEARD = '';

class Heard implements Fold {
  digest = NOTHING_HEARD;
  /** How often it has begun. */
  loadCount = 0;
  /** It has heard all from the first entry on, by itself or through a state. */
  isWhole = true;
  /** Position of the first entry that it has heard by itself since it was loaded. */
  since: number | null = null;

  load(state: Uint8Array | null): void {
    this.loadCount++;
    this.digest = state === null ? NOTHING_HEARD : (fromUtf8(state) ?? NOTHING_HEARD);
    this.isWhole = true;
    this.since = null;
  }

  apply(entries: readonly LogEntry[]): void {
    for (const { at, value, broken, ruling, reason } of entries) {
      if (broken !== null) this.isWhole = false;
      this.since ??= at;
      this.digest = digestOf(this.digest, at, ruling === 'refused' ? (reason ?? '') : textOf(value));
    }
  }

  save(): Uint8Array {
    return utf8(this.digest);
  }
}

/** Resolves when the fold has heard what stands at a position. */
function passed({ position }: LogFold<unknown>, at: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (position.get() <= at) return;
      stop();
      resolve();
    };
    const stop = position.subscribe(look);
    look();
  });
}

interface Folded {
  readonly log: Log;
  readonly history: LogHistory;
  readonly heard: Heard;
  readonly fold: LogFold<unknown>;
}

export class Folding {
  readonly #owner: FoldingOwner;
  readonly #folded: Folded[] = [];
  /** Logs whose fold is being opened. */
  #opening = 0;

  constructor(owner: FoldingOwner) {
    this.#owner = owner;
  }

  async begin(log: Log, history: LogHistory): Promise<void> {
    this.#opening++;
    const heard = new Heard();
    const fold = await log.fold(heard, { worthBytes: this.#owner.worthBytes });
    fold.ready.catch(() => {});
    this.#opening--;
    this.#folded.push({ log, history, heard, fold });
  }

  /** Puts a snapshot into a log whose state is right and whose hash is not. */
  async lie(name: string): Promise<void> {
    const found = this.#folded.find(({ log }) => log.name === name);
    const saved = found?.heard.isWhole === true ? found.fold.saved() : null;
    if (found === undefined || saved === null) return;
    const link = saved.link.map((byte) => byte ^ 1);
    this.#owner.note(`lies about ${name} before ${saved.from}`);
    const { history, heard, fold, log } = found;
    const { loadCount } = heard;
    history.lies.add(saved.from);
    try {
      const line = new FoldLine(log);
      const span = await line.append({ ...saved, link });
      await passed(fold, span.last);
      // Of a log that was set back meanwhile the state would not be right either.
      if (heard.loadCount !== loadCount) return;
      await line.note(saved.from, span);
      history.standingLies.add(saved.from);
    } catch (thrown) {
      this.#owner.note(`lie: ${asFault(thrown).code}`);
    }
  }

  /** Who has gone back to the end of a log that was set back waits for something to begin anew with. */
  isIdle(isAlarmed: boolean): boolean {
    const isEnd = ({ fold, history }: Folded): boolean =>
      fold.position.get() === history.tail || (isAlarmed && fold.position.get() > history.tail);
    return this.#opening === 0 && this.#folded.every(isEnd);
  }

  /** What the folds have become against what the judge has seen. */
  conclude(): void {
    for (const folded of this.#folded) this.#judge(folded);
  }

  #judge({ history, heard, fold, log }: Folded): void {
    const world: World = history.world;
    const expected = history.digest(digestOf, NOTHING_HEARD);
    if (expected === null || !heard.isWhole || fold.position.get() > history.tail) return;
    const { who } = this.#owner;
    world.check(
      heard.digest === expected,
      'Q3',
      () => `${who}: the fold of ${log.name} has become ${heard.digest}, not ${expected}`,
    );
    const trouble = fold.trouble.get();
    const isTold = trouble?.code === 'corrupt';
    const { since } = heard;
    // Who followed from before the place of a lie to behind it was shown it.
    const met = since !== null && [...history.standingLies].some((from) => since < from);
    world.check(!met || isTold, 'Q4', () => `${who}: nobody told the fold of ${log.name} of a lie`);
    world.check(
      !isTold || history.lies.size > 0 || history.setBackTo !== null,
      'Q4',
      () => `${who}: the fold of ${log.name} is told of a lie that nobody told: ${trouble?.detail}`,
    );
  }

  describe(): string {
    return this.#folded.map(({ log, fold }) => `, folds ${log.name} up to ${fold.position.get()}`).join('');
  }
}
