/**
 * What was missed at another node (SPEC Z84, Z91): what is here of it already is compared, many users and threads at
 * once; of what is new the newest is fetched by pages, and so is everything where that node does not compare.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { pause } from 'copse/internal/base/env.ts';
import {
  exchangeBackfillRows,
  exchangeComparedAtOnce,
  exchangeSliceMs,
} from 'copse/internal/base/limits-exchange.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { refOfInterest } from 'copse/internal/social/peer/interests.ts';
import type { ExchangeStore } from '../../store/exchange.ts';
import { Comparing, patiently, type ComparingOptions } from './comparing.ts';
import { fetchTarget, interestsOf, type Begun, type Source, type Target } from './fetching.ts';

export interface CatchingUpOptions extends ComparingOptions {
  readonly store: ExchangeStore;
  readonly node: Key;
  /** Whether that node compares with this one. */
  readonly compares: boolean;
}

/** What is here of a user or thread that something is missing of. */
interface Open extends Begun {
  readonly target: Target;
  /** It was fetched from there before, so that nothing older is missing. */
  readonly isFilled: boolean;
}

export class CatchingUp {
  readonly #options: CatchingUpOptions;
  readonly #comparing: Comparing;
  readonly #source: Source;
  #compares: boolean;
  /** By the name of the target: null where nothing is here, and what was compared in this connection. */
  readonly #looked = new Map<string, Open | null>();
  readonly #compared = new Map<string, Open>();

  constructor(options: CatchingUpOptions) {
    const { env, remote, peer, intake, asked } = options;
    this.#options = options;
    this.#comparing = new Comparing(options);
    this.#compares = options.compares;
    this.#source = {
      remote: {
        page: (request) => patiently(env, () => remote.page(request)),
        current: (request) => patiently(env, () => remote.current(request)),
      },
      primitives: peer.options.primitives,
      take: (rows) => intake.take(rows, asked),
    };
  }

  /** Does a part of it; false: nothing is missing any more. */
  async step(wanted: readonly Target[]): Promise<boolean> {
    const { store, node } = this.#options;
    const filled = new Map(store.filled(node).map((row) => [hex(row.target), row]));
    const open = wanted.filter(({ id }) => filled.get(hex(id))?.isDue !== false);
    const [first] = open;
    if (first === undefined) return false;
    const comparable: Open[] = [];
    for (const target of this.#compares ? open : []) {
      if (comparable.length >= exchangeComparedAtOnce) break;
      const name = hex(target.id);
      // Most are known to be new here, or done: those cost no turn.
      if (this.#looked.get(name) === null || this.#compared.has(name)) continue;
      const row = filled.get(name);
      const begun = row === undefined ? null : { count: exchangeBackfillRows, fromMs: row.fromMs };
      const found = await this.#look(target, begun);
      if (found !== null) comparable.push(found);
    }
    if (comparable.length > 0) await this.#compare(comparable);
    else await this.#page(first);
    return true;
  }

  /** What is here of somebody, looked up once in a connection. */
  async #look(target: Target, filled: Begun | null): Promise<Open | null> {
    const name = hex(target.id);
    const known = this.#looked.get(name);
    if (known !== undefined) return known;
    const { env, peer, node } = this.#options;
    const { markMs } = peer.options.store.usage(node);
    const beganMs = env.nowMs();
    const held = filled ?? this.#held(target);
    // What has fallen out of the account of that node is not asked for again, neither by ranges nor by pages.
    const begun = markMs > held.fromMs ? { count: exchangeBackfillRows, fromMs: markMs } : held;
    const open = held.count === 0 ? null : { target, ...begun, isFilled: filled !== null };
    this.#looked.set(name, open);
    if (env.nowMs() - beganMs > exchangeSliceMs / 2 || this.#looked.size % 8 === 0) await pause(env, 0);
    return open;
  }

  #held(target: Target): Begun {
    const refs = interestsOf(target).map(refOfInterest);
    const { count, oldestMs } = this.#options.peer.options.store.newest(refs, exchangeBackfillRows);
    return { count, fromMs: oldestMs };
  }

  async #compare(open: readonly Open[]): Promise<void> {
    const { store, node } = this.#options;
    const of = open.flatMap(({ target, fromMs }) =>
      interestsOf(target).map((interest) => ({ of: interest, fromMs })),
    );
    this.#compares = await this.#comparing.run(of);
    if (!this.#compares) return;
    for (const each of open) this.#compared.set(hex(each.target.id), each);
    store.together(() => {
      for (const { target, fromMs, isFilled } of open) if (isFilled) store.setFilled(node, target.id, fromMs);
    });
  }

  async #page(target: Target): Promise<void> {
    const { store, node } = this.#options;
    const begun = this.#compared.get(hex(target.id)) ?? null;
    const fromMs = await fetchTarget(this.#source, target, begun);
    store.setFilled(node, target.id, fromMs);
  }
}
