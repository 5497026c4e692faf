/** What the process takes of its machine. */

import type { Env } from 'copse/internal/base/env.ts';
import type { Figure } from './metrics.ts';

const SECOND_MS = 1000;
const SECOND_MICROS = 1_000_000;

export class Process {
  readonly #env: Env;
  readonly #startedMs: number;

  constructor(env: Env) {
    this.#env = env;
    this.#startedMs = env.nowMs();
  }

  figures(): readonly Figure[] {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / SECOND_MICROS;
    const uptime = Math.round((this.#env.nowMs() - this.#startedMs) / SECOND_MS);
    return [
      { name: 'nodeUptime', unit: 's', value: String(uptime) },
      { name: 'nodeRss', unit: 'bytes', value: String(process.memoryUsage.rss()) },
      { name: 'nodeCpuSecondsTotal', unit: 's', value: cpuSeconds.toFixed(2) },
    ];
  }
}
