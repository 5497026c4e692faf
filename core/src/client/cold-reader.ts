/**
 * Cold entries under one lease, loaded with the first reader who is far behind (SPEC B5, L8): asks the node where
 * the blobs are, fetches those that come next at once, and hands their entries out as the pages that a read would
 * have brought. Whatever fails, the node is asked for that page instead, and blobs are left alone for a while.
 */

import { coldApi, type ColdRemote, type Redirect } from '../api/cold.ts';
import type { Page } from '../api/tail.ts';
import type { Env } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { Handle } from '../base/ids.ts';
import { blobAddressMs, coldFetchesMax, coldPauseMs, coldRunsMax } from '../base/limits-cold.ts';
import { fetchRuns, type Fetch, type FetchParts } from './cold-fetch.ts';
import type { Run } from './log-items.ts';
import type { TailOptions, TailSession } from './tail-session.ts';

/** The page from a position on, as far as blobs hold it; null: the node is to be asked. Never rejects. */
export type ColdPages = (from: number) => Promise<Page | null>;

/** The connection of the lease. */
export type ColdSession = Pick<TailSession, 'facet'> & {
  readonly options: Pick<TailOptions, 'env' | 'primitives' | 'address'>;
};

export function coldPages(
  session: ColdSession,
  handle: Handle,
  tail: number,
  fetch: Fetch = (url, options) => globalThis.fetch(url, options),
): ColdPages {
  const { env, primitives, address = '' } = session.options;
  const base = address.replace(/^ws/, 'http');
  const remote = session.facet(coldApi, {});
  const reader = new ColdReader({ env, remote, handle, tail }, { env, primitives, fetch, base });
  return (from) => reader.page(from);
}

interface ColdParts {
  readonly env: Env;
  readonly remote: ColdRemote;
  readonly handle: Handle;
  readonly tail: number;
}

/** A blob that the node has named. */
interface Part {
  readonly redirect: Redirect;
  readonly foundMs: number;
  /** Null until it is fetched. */
  runs: Promise<readonly Run[]> | null;
}

/** Parts behind a reader that are kept, for who scrolls back. */
const BEHIND_MAX = 2;

class ColdReader {
  readonly #parts: ColdParts;
  readonly #fetching: FetchParts;
  /** One behind the other. */
  #plan: Part[] = [];
  #finding: Promise<void> | null = null;
  /** From here on nothing is cold. */
  #warmFrom = Number.POSITIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Where the reader goes on when it reads in order. */
  #expected = 0;

  constructor(parts: ColdParts, fetching: FetchParts) {
    this.#parts = parts;
    this.#fetching = fetching;
  }

  async page(from: number): Promise<Page | null> {
    const { env, tail } = this.#parts;
    if (from >= this.#warmFrom || env.nowMs() < this.#pausedUntilMs) return null;
    try {
      if (this.#at(from) < 0) await this.#findFrom(from);
      const index = this.#at(from);
      const part = this.#plan[index];
      if (part === undefined) return null;
      this.#fetchFrom(index, from === this.#expected ? coldFetchesMax : 1);
      const runs = await this.#fetched(part);
      const run = runs.find(({ at, count }) => from >= at && from < at + count);
      if (run === undefined) return null;
      this.#expected = run.at + run.count;
      return { kind: 'page', ...run, tail, live: false };
    } catch (thrown) {
      this.#plan = [];
      this.#pausedUntilMs = env.nowMs() + coldPauseMs;
      env.log('warn', 'log.cold', { fault: asFault(thrown).code });
      return null;
    }
  }

  /** The place of the part that holds a position and can still be fetched; -1 when there is none. */
  #at(from: number): number {
    const oldestMs = this.#parts.env.nowMs() - blobAddressMs / 2;
    return this.#plan.findIndex(
      ({ redirect: { at, count }, runs, foundMs }) =>
        from >= at && from < at + count && (runs !== null || foundMs >= oldestMs),
    );
  }

  async #findFrom(from: number): Promise<void> {
    await this.#finding;
    if (this.#at(from) >= 0) return;
    this.#plan = [];
    await this.#find(from);
  }

  /** Asks for the parts from a position on, which is where the plan ends, if there is one. */
  async #find(from: number): Promise<void> {
    const { handle, env, remote } = this.#parts;
    try {
      const { runs } = await remote.find({ handle, from, countMax: coldRunsMax });
      // The answer is a view into a message.
      const found = inOrder(runs, from).map((redirect) => ({ ...redirect, sha256: redirect.sha256.slice() }));
      if (found.length === 0) this.#warmFrom = Math.min(this.#warmFrom, from);
      const foundMs = env.nowMs();
      this.#plan.push(...found.map((redirect) => ({ redirect, foundMs, runs: null })));
    } catch (thrown) {
      // A node that does not know the question has nothing cold; what else is wrong the next read will say.
      if (asFault(thrown).retry === 'never') this.#warmFrom = 0;
      else throw thrown;
    }
  }

  /** Fetches the part and those behind it, and looks where the plan goes on before it ends. */
  #fetchFrom(index: number, countMax: number): void {
    const behind = Math.max(0, index - BEHIND_MAX);
    for (const part of this.#plan.slice(index, index + countMax)) void this.#fetched(part).catch(() => {});
    this.#plan.splice(0, behind);
    const last = this.#plan.at(-1)?.redirect;
    const isEnding = this.#plan.length - (index - behind) < countMax && this.#finding === null;
    if (last === undefined || !isEnding || last.at + last.count >= this.#warmFrom) return;
    this.#finding = this.#find(last.at + last.count)
      // Whoever comes to the end of the plan asks again.
      .catch(() => {})
      .finally(() => {
        this.#finding = null;
      });
  }

  #fetched(part: Part): Promise<readonly Run[]> {
    part.runs ??= fetchRuns(this.#fetching, part.redirect);
    return part.runs;
  }
}

/** As many of the parts as follow one another from the position that was asked for. */
function inOrder(runs: readonly Redirect[], from: number): readonly Redirect[] {
  const found: Redirect[] = [];
  let next = from;
  for (const run of runs) {
    const isNext = found.length === 0 ? run.at <= from && run.at + run.count > from : run.at === next;
    if (!isNext || run.count === 0) break;
    found.push(run);
    next = run.at + run.count;
  }
  return found;
}
