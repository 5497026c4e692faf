/** What a tail shows of itself: to its admin, to `/metrics` and to the plot of the node page. */

import type { Env } from 'copse/internal/base/env.ts';
import type { Shard } from './shard.ts';

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: string;
}

export interface Population {
  readonly connections: number;
  readonly strangers: number;
}

/** Rates over the last seconds, from counters that only grow. */
export class Rates {
  readonly #env: Env;
  #atMs: number;
  #last: readonly number[] = [];
  #perSecond: readonly number[] = [];

  constructor(env: Env) {
    this.#env = env;
    this.#atMs = env.nowMs();
  }

  /** Called at each sweep with the counters of now. */
  mark(counters: readonly number[]): void {
    const nowMs = this.#env.nowMs();
    const seconds = Math.max(0.001, (nowMs - this.#atMs) / 1000);
    this.#perSecond = counters.map((value, i) => (value - (this.#last[i] ?? 0)) / seconds);
    this.#last = counters;
    this.#atMs = nowMs;
  }

  get(i: number): number {
    return this.#perSecond[i] ?? 0;
  }
}

/** What `Rates` watches, in this order. */
export function countersOf({ delivery, committer }: Shard): readonly number[] {
  return [delivery.entryCount, committer.commitCount, delivery.entryBytes];
}

export function figuresOf(shard: Shard, rates: Rates, population: Population): readonly Figure[] {
  const { committer, delivery, feed, topics, leads, herald, here } = shard;
  let leases = 0;
  let attached = 0;
  for (const topic of topics.byNumber.values()) {
    leases += topic.leases;
    attached += topic.attached.length;
  }
  return [
    figure('tailConnections', '', population.connections),
    figure('tailStrangers', '', population.strangers),
    figure('tailLeases', '', leases),
    figure('tailAttached', '', attached),
    figure('tailLogs', '', topics.byNumber.size),
    figure('tailEntries', 'entries/s', Math.round(rates.get(0))),
    figure('tailCommits', 'commits/s', Math.round(rates.get(1))),
    figure('tailBytes', 'bytes/s', Math.round(rates.get(2))),
    figure('tailEntriesTotal', 'entries', delivery.entryCount),
    figure('tailCommitsTotal', 'commits', committer.commitCount),
    figure('tailBytesTotal', 'bytes', delivery.entryBytes),
    figure('tailPublishedTotal', 'bytes', delivery.publishedBytes),
    figure('tailLaggingTotal', 'times', delivery.laggingCount),
    figure('tailFailedCommitsTotal', 'commits', committer.failureCount),
    figure('tailEphemeralTotal', 'messages', delivery.saidCount),
    figure('tailEphemeralRefusedTotal', 'messages', delivery.ephemeralRefusedCount),
    figure('tailLed', 'logs', leads.size),
    figure('tailLeaders', '', leads.leaderCount),
    figure('tailHandedTotal', 'entries', leads.handedCount),
    figure('tailSignalsTotal', 'messages', leads.signalCount),
    figure('tailNewsTotal', 'logs', herald?.toldCount ?? 0),
    figure('tailNewsWaiting', '', herald?.waitingCount ?? 0),
    figure('tailNewsLostTotal', 'logs', (herald?.lostCount ?? 0) + (here?.lostCount ?? 0)),
    figure('tailHere', '', here?.userCount ?? 0),
    figure('tailPending', 'bytes', committer.pendingBytes),
    // What never came is an hour old: a figure is finite.
    figure('tailFeedAge', 'ms', Math.round(Math.min(feed.ageMs, 3_600_000))),
  ];
}

function figure(name: string, unit: string, value: number): Figure {
  return { name, unit, value: String(value) };
}
