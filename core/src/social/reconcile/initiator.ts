/**
 * The side that asks (SPEC Z35, Z37) and learns which items it has alone and which ids it needs. It keeps what it has
 * asked and what it has still to ask, so an answer that was cut short costs no work twice, and what an answer says
 * about ranges that nobody asked about is refused.
 */

import { Fault } from '../../base/fault.ts';
import { reconcileItemsMax, reconcileRangesMax, reconcileRoundsMax } from '../../base/limits-reconcile.ts';
import type { Have } from './have.ts';
import { idBytes } from './item.ts';
import { rangeBytesMax, rangesOf, versionByte, versionOf, Writer } from './message.ts';
import { parted, putPart, wholeOf, type Ground, type Part } from './parts.ts';
import { Reading, type Question } from './reading.ts';
import { checkSize, frameBytesOf, type ReconcileOptions } from './responder.ts';

/** A single item is asked about by its id. */
const LIST_MAX = 1;

export interface Step {
  /** What we have and they do not, each item once in a session. */
  readonly have: Have;
  /** Ids that they have and we do not. */
  readonly need: readonly Uint8Array[];
  /** What to send next, or null at the end. */
  readonly message: Uint8Array | null;
}

export interface InitiatorOptions extends ReconcileOptions {
  readonly rangesMax?: number;
  readonly needsMax?: number;
}

export class Initiator {
  readonly #ground: Ground;
  readonly #frameBytesMax: number;
  readonly #rangesMax: number;
  #roundsLeft: number;
  #needsLeft: number;
  /** What the last message asked about, in order. */
  #asked: readonly Part[] = [];
  /** What is still to ask, the first last; all of it lies above what was asked. */
  readonly #waiting: Question[] = [];

  constructor(ground: Ground, options: InitiatorOptions = {}) {
    this.#ground = ground;
    this.#frameBytesMax = frameBytesOf(options);
    this.#rangesMax = options.rangesMax ?? reconcileRangesMax;
    this.#roundsLeft = options.roundsMax ?? reconcileRoundsMax;
    this.#needsLeft = options.needsMax ?? reconcileItemsMax;
  }

  /** The first message. */
  start(): Uint8Array {
    this.#wait([{ part: wholeOf(this.#ground.snapshot), differs: true }]);
    return this.#ask();
  }

  /** Throws `malformed`, `tooLarge`, `tooMany` and `version`; the session is over then. */
  on(answer: Uint8Array): Step {
    if (this.#roundsLeft-- <= 0)
      throw new Fault('tooMany', 'The other side of a reconciliation comes to no end. Begin again later.');
    checkSize(answer);
    if (versionOf(answer) !== versionByte)
      throw new Fault('version', 'The other side compares sets by another protocol.');
    const reading = new Reading(this.#ground, this.#asked);
    // An answer counts once, at the end and after a fault too.
    this.#asked = [];
    for (const range of rangesOf(answer)) reading.take(range);
    const { have, need, questions } = reading;
    this.#needsLeft -= need.length;
    if (this.#needsLeft < 0)
      throw new Fault('tooMany', 'The other side of a reconciliation names more ids than a set may hold.');
    this.#wait(questions);
    return { have, need, message: this.#waiting.length === 0 ? null : this.#ask() };
  }

  #wait(questions: readonly Question[]): void {
    if (this.#waiting.length + questions.length > this.#rangesMax)
      throw new Fault('tooMany', 'The other side of a reconciliation parts the sets into too many ranges.');
    for (const question of questions.toReversed()) this.#waiting.push(question);
  }

  /** As much of what waits as one frame takes. */
  #ask(): Uint8Array {
    const writer = new Writer(this.#frameBytesMax);
    const asked: Part[] = [];
    const isRoom = (): boolean => writer.room >= rangeBytesMax + LIST_MAX * idBytes;
    for (let question = this.#waiting.pop(); question !== undefined; question = this.#waiting.pop()) {
      const { part, differs } = question;
      const pieces = differs ? parted(this.#ground.snapshot, part) : [part];
      let done = 0;
      for (; done < pieces.length && isRoom(); done++) putPart(writer, this.#ground, pieces[done]!, LIST_MAX);
      asked.push(...pieces.slice(0, done));
      if (done === pieces.length) continue;
      const left = pieces.slice(done).map((piece) => ({ part: piece, differs: false }));
      this.#waiting.push(...left.toReversed());
      break;
    }
    this.#asked = asked;
    return writer.done();
  }
}
