/**
 * What waits to be brought to another node (SPEC Z85): messages of users here that mention somebody who is reached
 * there. Durable, in their order, with pauses that double; a node that takes nothing from this one is asked as a
 * stranger asks.
 */

import { asFault, FAULTS } from 'copse/internal/base/fault.ts';
import type { Timer } from 'copse/internal/base/env.ts';
import {
  exchangeCarryBatch,
  exchangeCarryMaxMs,
  exchangeCarryMinMs,
  exchangeCarryTriesMax,
} from 'copse/internal/base/limits-exchange.ts';
import type { PeerRemote, Published } from 'copse/internal/api/peer.ts';
import type { Carried } from '../../store/exchange.ts';
import type { Knocked, NodeConnection } from './connect.ts';
import type { LineOptions } from './line.ts';

interface Letter extends Carried {
  readonly bytes: Uint8Array;
}

export class Bringing {
  readonly #options: LineOptions;
  #connection: NodeConnection | null = null;
  #timer: Timer | null = null;
  #isBusy = false;
  #running: Promise<void> = Promise.resolve();
  brought = 0;
  lost = 0;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  up(connection: NodeConnection): void {
    this.#connection = connection;
    this.nudge();
  }

  /** Returns when nothing of it goes on. */
  async down(): Promise<void> {
    this.#connection = null;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#running;
  }

  /** Something new may be due. */
  nudge(): void {
    const connection = this.#connection;
    if (connection === null || this.#isBusy) return;
    this.#isBusy = true;
    this.#running = this.#run(connection);
  }

  async #run(connection: NodeConnection): Promise<void> {
    let any = false;
    try {
      while (this.#connection === connection && (await this.#bring(connection))) any = true;
    } catch (thrown) {
      this.#options.env.log('info', 'exchange.bring', { fault: asFault(thrown).code });
    }
    this.#isBusy = false;
    if (this.#connection !== null) this.#sleep(any);
  }

  /** Answers whether there may be more. */
  async #bring({ remote, doorstep }: NodeConnection): Promise<boolean> {
    const { env, store, node, knock } = this.#options;
    const due = store.due(node, env.wallMs(), exchangeCarryBatch).flatMap((each) => this.#letter(each));
    if (due.length === 0) return false;
    const answers = await this.#answers(remote, due);
    for (const [at, letter] of due.entries()) {
      const answer = answers[at] ?? 'later';
      this.#settle(letter, answer === 'knock' ? await knock({ doorstep, node }, letter.bytes) : answer);
    }
    return true;
  }

  /** One that has fallen out here, or was taken back, is not brought. */
  #letter(carried: Carried): readonly Letter[] {
    const { store, peer } = this.#options;
    const stored = peer.options.store.get(carried.message);
    if (stored !== null) return [{ ...carried, bytes: stored.bytes }];
    store.dropCarried(carried.number);
    return [];
  }

  async #answers(remote: PeerRemote, due: readonly Letter[]): Promise<readonly (Knocked | 'knock')[]> {
    try {
      const { answers } = await remote.publish({ messages: due.map(({ bytes }) => bytes) });
      return answers.map(meaning);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code === 'forbidden') return due.map(() => 'knock');
      throw fault;
    }
  }

  #settle({ number, tries }: Letter, answer: Knocked): void {
    const { env, store } = this.#options;
    const isGivenUp = answer === 'later' && tries + 1 >= exchangeCarryTriesMax;
    if (answer === 'taken') this.brought += 1;
    else if (answer === 'never' || isGivenUp) this.lost += 1;
    if (answer !== 'later' || isGivenUp) return store.dropCarried(number);
    const pauseMs = Math.min(exchangeCarryMaxMs, exchangeCarryMinMs * 2 ** tries) * (1 + env.chance());
    store.putOff(number, tries + 1, env.wallMs() + Math.ceil(pauseMs));
  }

  #sleep(hasBrought: boolean): void {
    const { env, brought } = this.#options;
    const pauseMs = this.#pauseMs();
    this.#timer?.cancel();
    if (pauseMs === null) return hasBrought ? brought() : undefined;
    this.#timer = env.after(pauseMs, () => this.nudge());
  }

  /** Until the next is due; null: nothing waits. A disk that does not answer is asked again. */
  #pauseMs(): number | null {
    const { env, store, node } = this.#options;
    try {
      const dueMs = store.nextDueMs(node);
      return dueMs === null ? null : Math.max(exchangeCarryMinMs / 4, dueMs - env.wallMs());
    } catch (thrown) {
      env.log('warn', 'exchange.due', { fault: asFault(thrown).code });
      return exchangeCarryMinMs;
    }
  }
}

/** What an answer to `publish` means for who brings. */
function meaning(answer: Published): Knocked | 'knock' {
  if (answer.kind !== 'refused') return answer.kind === 'full' ? 'later' : 'taken';
  if (answer.fault === FAULTS.forbidden.number) return 'knock';
  return answer.fault === FAULTS.tooMany.number ? 'later' : 'never';
}
