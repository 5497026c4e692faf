/**
 * People who write, as the benchmarks of the neighbourhood need them: 200 authors of whom a few write most, 200 bytes of
 * words each, seven of ten messages mention somebody, half of them answer one of 500 threads. The same in each run.
 */

import { must } from 'copse/internal/base/assert.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';

const AUTHORS = 200;
const THREADS = 500;
/** Words that people use, the first ones most. */
const VOCABULARY = 20_000;
const WORDS = 30;
const START_MS = 1_700_000_000_000;
const SYLLABLES = ['ba', 'de', 'fi', 'go', 'lu', 'ma', 'ne', 'po', 'ri', 'su', 'ta', 've', 'wo', 'ki', 'cha'];
const primitives = nativePrimitives();

/** What a message says, whoever signs it and in whatever form. */
export interface Said {
  readonly author: number;
  readonly text: string;
  /** Whom it mentions; null: nobody. */
  readonly mention: number | null;
  /** Number of the thread that it answers; null: none. */
  readonly thread: number | null;
  readonly timeMs: number;
}

/** Numbers that are the same in each run (xorshift32). */
export class Draw {
  #drawn: number;

  constructor(seed = 1) {
    this.#drawn = seed;
  }

  below(bound: number): number {
    let drawn = this.#drawn;
    drawn ^= drawn << 13;
    drawn ^= drawn >>> 17;
    drawn ^= drawn << 5;
    this.#drawn = drawn;
    return (drawn >>> 0) % bound;
  }

  /** Low numbers come most. */
  skewed(bound: number, power: number): number {
    return Math.floor((this.below(1_000_000) / 1_000_000) ** power * bound);
  }
}

/** What is said, one after the other. */
export class Talk {
  readonly #draw = new Draw();
  #count = 0;

  next(): Said {
    const n = this.#count++;
    const words = Array.from({ length: WORDS }, () => wordOf(this.#draw.skewed(VOCABULARY, 3)));
    return {
      author: this.who(),
      text: `${words.join(' ')} ${n}`,
      mention: this.#draw.below(10) < 7 ? this.who() : null,
      thread: this.#draw.below(2) === 0 ? this.#draw.below(THREADS) : null,
      timeMs: START_MS + n * 10,
    };
  }

  who(): number {
    return this.#draw.skewed(AUTHORS, 2);
  }

  thread(): number {
    return this.#draw.below(THREADS);
  }
}

function wordOf(n: number): string {
  let word = '';
  for (let rest = n + SYLLABLES.length; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    word += must(SYLLABLES[rest % SYLLABLES.length], 'a syllable');
  return word;
}

/** The authors, with the keys by which they sign here. */
export class Crowd {
  readonly talk = new Talk();
  readonly keys: readonly Key[];
  readonly #seeds: readonly Uint8Array[];
  /** Beginnings of threads. */
  readonly threads: Uint8Array[] = [];

  private constructor(seeds: readonly Uint8Array[], keys: readonly Key[]) {
    this.#seeds = seeds;
    this.keys = keys;
  }

  static async gather(): Promise<Crowd> {
    const seeds = Array.from({ length: AUTHORS }, (_, n) => new Uint8Array(32).fill(n + 1));
    const keys = seeds.map(async (seed) => key(await primitives.ed25519PublicKey(seed)));
    return new Crowd(seeds, await Promise.all(keys));
  }

  /** The next message. */
  async message(): Promise<Message> {
    const { author, text, mention, thread, timeMs } = this.talk.next();
    const beginning = thread === null ? undefined : this.threads[thread];
    const message = await signMessage(primitives, must(this.#seeds[author], 'a seed'), {
      kind: KIND.post,
      timeMs,
      text,
      mentions: mention === null ? [] : [this.key(mention)],
      replies: beginning === undefined ? [] : [beginning],
    });
    if (this.threads.length < THREADS) this.threads.push(message.id);
    return message;
  }

  async messages(count: number): Promise<readonly Uint8Array[]> {
    const out: Uint8Array[] = [];
    while (out.length < count) out.push((await this.message()).bytes);
    return out;
  }

  key(author: number): Key {
    return must(this.keys[author], 'an author');
  }

  someone(): Key {
    return this.key(this.talk.who());
  }

  someThread(): Uint8Array {
    return must(this.threads[this.talk.thread()], 'a thread');
  }
}
