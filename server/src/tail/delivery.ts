/**
 * What follows a commit: one `ack` per lease and one `entries` push per log, whatever the number of
 * entries and readers; and the look at readers that do not keep up (SPEC T3, T4, L3).
 */

import { tailApi, type NackReason } from 'copse/internal/api/tail.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import { inFlightCountMax, lagBytes } from 'copse/internal/base/limits.ts';
import type { Batch, Run, Settled } from 'copse/internal/log/batch.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { countEntries } from 'copse/internal/wire/entry.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import { entriesBytesMax, FIELDS_PER_RUN, putAck, putEntriesPush, type Durability } from './frames.ts';
import type { Insider, Watchers } from './insider.ts';
import { tellNotPlaced, tellPlaced } from './led-words.ts';
import type { Lease } from './lease.ts';
import type { Line } from './line.ts';
import type { Topic } from './topic.ts';
import type { Fanout } from './transport.ts';

/** Published bytes of one log after which the send buffers of its readers are looked at. */
const CHECK_BYTES = lagBytes / 4;
/** Published bytes of all logs after which the connections that read several are looked at. */
const CHECK_ALL_BYTES = 4 * lagBytes;

export interface DeliveryOptions {
  readonly fanout: Fanout;
  readonly durability: Durability;
  readonly lagBytes: number;
  readonly topicByNumber: ReadonlyMap<number, Topic>;
  readonly lines: () => Iterable<Line>;
  readonly watchers: Watchers;
}

/** Whose entries become durable. */
export type Party = Lease | Insider;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #writer = new Writer();
  #unchecked: Topic[] = [];
  #uncheckedBytes = 0;
  entryCount = 0;
  entryBytes = 0;
  publishedBytes = 0;
  laggingCount = 0;
  saidCount = 0;
  ephemeralRefusedCount = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  committed(batch: Batch<Party>): void {
    this.entryCount += batch.count;
    this.entryBytes += batch.bytes;
    this.#acknowledge(batch.settled);
    for (const run of batch.runs) this.#publishRun(run);
    this.#check();
  }

  /** Every entry that did not become durable is told, so that its writer sends it again (SPEC J4, T8). */
  failed(lost: readonly Settled<Party>[], fault: Fault): void {
    const reason: NackReason = { kind: 'full', retryMs: FAILED_RETRY_MS };
    const insiders = new Set<Insider>();
    for (const { who, epoch, seq, bytes, placed } of lost) {
      if ('isInsider' in who) {
        insiders.add(who);
        continue;
      }
      who.session.inFlightBytes -= bytes;
      if (placed === 'led') {
        tellNotPlaced(who, { epoch, seq, reason });
        continue;
      }
      who.session.line.push((writer) =>
        putNote(writer, frameKind.push, tailApi.pushes.nack, { handle: who.handle, epoch, seq, reason }),
      );
    }
    for (const insider of insiders) insider.lost(fault);
  }

  /** Sends the same bytes to all attached connections of a log. */
  publish(topic: Topic, message: Uint8Array<ArrayBuffer>): void {
    this.#publish(topic, message);
    this.#check();
  }

  /** An ephemeral message to the attached connections of a log, its sender included (SPEC T9). */
  say({ topic, session }: Lease, payload: Uint8Array): void {
    if (topic.attached.length === 0) return;
    this.saidCount++;
    const { who, device } = session;
    this.#writer.reset();
    putNote(this.#writer, frameKind.push, tailApi.pushes.said, {
      channel: topic.channel,
      who,
      device,
      payload,
    });
    this.publish(topic, this.#writer.view());
  }

  #publish(topic: Topic, message: Uint8Array<ArrayBuffer>): void {
    this.#options.fanout.publish(topic.name, message);
    this.publishedBytes += message.length;
    this.#uncheckedBytes += message.length;
    topic.uncheckedBytes += message.length;
    if (topic.uncheckedBytes > CHECK_BYTES) {
      topic.uncheckedBytes = 0;
      this.#unchecked.push(topic);
    }
  }

  #acknowledge(settled: readonly Settled<Party>[]): void {
    const told: Lease[] = [];
    for (const run of settled) {
      const { who } = run;
      if ('isInsider' in who) {
        who.settled(run);
        continue;
      }
      who.session.inFlightBytes -= run.bytes;
      if (who.session.line.over) continue;
      if (run.placed === 'led') {
        tellPlaced(who, run);
        continue;
      }
      if (who.acks === null) {
        who.acks = [run.epoch, run.seq, run.count, run.at];
        told.push(who);
      } else {
        addRun(who.acks, run);
      }
    }
    for (let i = 0; i < told.length; i++) {
      const lease = told[i]!;
      const flat = lease.acks ?? [];
      lease.acks = null;
      for (let from = 0; from < flat.length; from += FIELDS_PER_RUN * inFlightCountMax) {
        const to = Math.min(flat.length, from + FIELDS_PER_RUN * inFlightCountMax);
        lease.session.line.push((writer) =>
          putAck(writer, lease.handle, this.#options.durability, { flat, from, to }),
        );
      }
      // Sent before the next connection's are made: one buffer serves them all.
      if (told[i + 1]?.session !== lease.session) lease.session.line.outbox.flush();
    }
  }

  /** Publishes a run in as few pushes as its size allows. */
  #publishRun(run: Run): void {
    const { watchers } = this.#options;
    if (watchers.size > 0) for (const wake of watchers.get(run.log.number) ?? []) wake();
    const topic = this.#options.topicByNumber.get(run.log.number);
    if (topic === undefined) return;
    if (topic.attached.length > 0) {
      const { parts } = run;
      let at = run.first;
      for (let from = 0; from < parts.length;) {
        let bytes = 0;
        let to = from;
        while (to < parts.length && (to === from || bytes + parts[to]!.length <= entriesBytesMax)) {
          bytes += parts[to]!.length;
          to++;
        }
        const isWhole = from === 0 && to === parts.length;
        const some = isWhole ? parts : parts.slice(from, to);
        const count = isWhole ? run.count : some.reduce((sum, part) => sum + countEntries(part), 0);
        this.#writer.reset();
        putEntriesPush(this.#writer, { channel: topic.channel, at, count, bytes }, some);
        this.#publish(topic, this.#writer.view());
        at += count;
        from = to;
      }
    }
    topic.next = run.first + run.count;
  }

  /** Moves connections that do not keep up from push to pull; a glance per some published bytes, not per push. */
  #check(): void {
    const { lagBytes } = this.#options;
    if (this.#unchecked.length > 0) {
      const topics = this.#unchecked;
      this.#unchecked = [];
      for (const topic of topics) {
        // Moving a connection away shortens the list it is taken from.
        for (const { session } of topic.attached.slice()) session.moveIfLagging(lagBytes);
      }
    }
    if (this.#uncheckedBytes > CHECK_ALL_BYTES) {
      this.#uncheckedBytes = 0;
      for (const { session } of this.#options.lines()) {
        if (session.attachedCount > 1) session.moveIfLagging(lagBytes);
      }
    }
  }
}

/** After a failed commit writers try again after this pause. */
const FAILED_RETRY_MS = 250;

function addRun(flat: number[], run: Settled<Party>): void {
  const last = flat.length - FIELDS_PER_RUN;
  const continues =
    flat[last] === run.epoch &&
    run.seq === flat[last + 1]! + flat[last + 2]! &&
    run.at === flat[last + 3]! + flat[last + 2]!;
  if (continues) flat[last + 2]! += run.count;
  else flat.push(run.epoch, run.seq, run.count, run.at);
}
