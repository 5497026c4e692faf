/** What a run of many seeds amounts to: the same lines for the same seeds, and how fast it goes beside them. */

import type { Verdict } from './crew.ts';
import type { Level } from './levels.ts';
import { REAL_EVERY } from './system/ciphers.ts';

/** A run that takes this long is told before it ends. */
const PROGRESS_MS = 5_000;

interface Sum {
  seeds: number;
  events: number;
  simulatedMs: number;
  /** Of the hashes of all runs, in the order of the seeds. */
  hash: number;
  withRealKeys: number;
}

export class Tally {
  readonly #sums = new Map<Level, Sum>();
  readonly #tell: (line: string) => void;
  readonly #startMs = performance.now();
  #keptLeft: number;
  #toldMs = this.#startMs;
  #count = 0;
  violations = 0;

  /** The first `keptCount` verdicts are of kept seeds; progress goes to `tell`. */
  constructor(keptCount: number, tell: (line: string) => void) {
    this.#keptLeft = keptCount;
    this.#tell = tell;
  }

  add({ level, seed, hash, steps, ms, violation }: Verdict): void {
    this.#count++;
    if (violation !== null) this.violations++;
    this.#progress();
    if (this.#keptLeft > 0) {
      this.#keptLeft--;
      return;
    }
    const sum = this.#sums.get(level) ?? emptySum();
    this.#sums.set(level, sum);
    sum.seeds++;
    sum.events += steps;
    sum.simulatedMs += ms;
    sum.hash = Bun.hash.crc32(hash, sum.hash);
    if (level === 'system' && seed % REAL_EVERY === 0) sum.withRealKeys++;
  }

  #progress(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = nowMs;
    const perSecond = (this.#count / (nowMs - this.#startMs)) * 1000;
    this.#tell(`${this.#count} runs, ${perSecond.toFixed(0)} per second, ${this.violations} violations`);
  }

  /** One line per level. */
  lines(): readonly string[] {
    return [...this.#sums].map(([level, { seeds, events, simulatedMs, hash, withRealKeys }]) => {
      const keys = withRealKeys > 0 ? `, ${withRealKeys} of them with real cryptography` : '';
      const seconds = (simulatedMs / 1000).toFixed(0);
      const text = hash.toString(16).padStart(8, '0');
      return `${level}: ${seeds} seeds${keys}, ${events} events in ${seconds} simulated seconds, hash ${text}`;
    });
  }
}

function emptySum(): Sum {
  return { seeds: 0, events: 0, simulatedMs: 0, hash: 0, withRealKeys: 0 };
}
