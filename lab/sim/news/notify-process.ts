/**
 * The notification service as a process that can be killed: what its store has not committed is lost, what was
 * asked of it is never answered, and what left for the push service arrives or does not (SPEC I12).
 */

import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Notify } from '../../../server/src/notify/notify.ts';
import { EndpointPolicy } from '../../../server/src/notify/push/endpoint.ts';
import type { Post } from '../../../server/src/notify/push/post.ts';
import { newVapidKey, Vapid } from '../../../server/src/notify/push/vapid.ts';
import { MemoryNews } from '../../../server/src/store/news-memory.ts';
import type { NewsBatch, NewsStore } from '../../../server/src/store/news.ts';
import type { SimEnv, World } from '../world.ts';
import { PUSH_ORIGIN } from './places.ts';

export const primitives = nativePrimitives();
const vapid = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' });

export interface NotifyProcessParts {
  readonly world: World;
  readonly post: Post;
  /** Of the store, now. */
  readonly disk: () => { readonly commitMs: number; readonly refusals: number };
  /** Something is on its way to the store. */
  readonly onWriting: () => void;
}

/** The longest time between two pages of what was kept. */
const PAGE_MS = 400;

interface Life {
  readonly env: SimEnv;
  readonly notify: Notify;
}

export class NotifyProcess {
  readonly #parts: NotifyProcessParts;
  readonly #disk: MemoryNews;
  #life: Life | null = null;
  #generation = 0;
  #isStarting = false;
  /** What was asked and is not answered. */
  readonly #asked = new Set<(fault: Fault) => void>();
  /** Commits that are on their way to the disk. */
  readonly #commits = new Set<NewsBatch>();
  kills = 0;

  constructor(parts: NotifyProcessParts) {
    this.#parts = parts;
    this.#disk = new MemoryNews(parts.world.env('disk'));
  }

  get isUp(): boolean {
    return this.#life !== null;
  }

  /** Nothing, when it is up or about to be. */
  async start(): Promise<void> {
    if (this.#isStarting) return;
    this.#isStarting = true;
    const { world, post } = this.#parts;
    const env = world.env('notify');
    const generation = ++this.#generation;
    const notify = Notify.open({
      store: this.#store(env),
      env,
      primitives,
      vapid,
      policy: new EndpointPolicy({ hosts: [], trusted: [PUSH_ORIGIN] }),
      post: (request, signal) => post(request, signal),
      words: { origin: () => 'https://copse.example', secret: new Uint8Array(32) },
    });
    if (generation === this.#generation) this.#life = { env, notify };
  }

  kill(): void {
    this.#life?.env.kill();
    this.#life = null;
    this.#isStarting = false;
    this.#generation++;
    this.kills++;
    for (const reject of this.#asked) reject(new Fault('closed'));
    this.#asked.clear();
    // Each is there as a whole or not at all.
    for (const batch of this.#commits) if (this.#parts.world.chance.often(0.5)) void this.#disk.commit(batch);
    this.#commits.clear();
  }

  /** Rejects when it is down, or dies before it has answered. */
  ask<T>(question: (notify: Notify) => T | Promise<T>): Promise<T> {
    const life = this.#life;
    if (life === null) return Promise.reject(new Fault('closed'));
    return new Promise<T>((resolve, reject) => {
      this.#asked.add(reject);
      const settle = (end: () => void): void => {
        if (this.#asked.delete(reject)) end();
      };
      Promise.resolve()
        .then(() => question(life.notify))
        .then(
          (answer) => settle(() => resolve(answer)),
          (thrown: unknown) => settle(() => reject(asFault(thrown))),
        );
    });
  }

  figure(name: string): string {
    return this.#life?.notify.figures().find((each) => each.name === name)?.value ?? 'down';
  }

  #store(env: SimEnv): NewsStore {
    const disk = this.#disk;
    const { world, disk: stateOf, onWriting } = this.#parts;
    const commit = (batch: NewsBatch): Promise<void> =>
      new Promise<void>((resolve, reject) => {
        const { commitMs, refusals } = stateOf();
        // Rows are taken as they are: what the state does with them later is not in the commit.
        const written = structuredClone(batch);
        this.#commits.add(written);
        onWriting();
        world.at(world.chance.unit() * commitMs, () => {
          if (!this.#commits.delete(written)) return;
          if (world.chance.often(refusals)) reject(new Fault('full', 'no space'));
          else disk.commit(written).then(resolve, reject);
        });
      });
    return {
      epoch: disk.epoch,
      commit,
      note: commit,
      load: () => slowly(world, env, disk.load()),
      stored: (user) => disk.stored(user),
      endpoint: (user, device) => disk.endpoint(user, device),
      told: (user, countMax) => disk.told(user, countMax),
      letters: (after, countMax) => disk.letters(after, countMax),
      followed: () => disk.followed(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

/** A start takes its time, and may be killed in the middle. */
async function* slowly<T>(world: World, env: SimEnv, pages: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const page of pages) {
    await new Promise<void>((resolve) => env.after(world.chance.unit() * PAGE_MS, resolve));
    yield page;
  }
}
