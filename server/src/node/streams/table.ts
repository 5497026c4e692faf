/**
 * All streams of a node: found under their paths, made, forked, deleted and expired (SPEC F2, F6). The logs are
 * the only memory; a stream that is not used is let go and made again from them.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { streamForkDepthMax, streamsOpenMax } from 'copse/internal/base/limits-streams.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { decode } from 'copse/internal/wire/shape.ts';
import { nativeChecksum } from '../../store/entries.ts';
import type { InsideLogs } from '../../tail/insider.ts';
import { entriesType, isJson, isSame, mediaType, usualContentType, type StreamConfig } from './config.ts';
import { firstValues } from './json.ts';
import type { Segment } from './message.ts';
import type { StreamNames } from './names.ts';
import { readOffset } from './offset.ts';
import { siteLogOf } from './place.ts';
import { streamState, type StreamState } from './state.ts';
import { Stream } from './stream.ts';
import { StreamWriter } from './writer.ts';

export interface StreamTableOptions {
  readonly logs: InsideLogs;
  readonly env: Env;
  readonly names: StreamNames;
  /** Streams in memory. */
  readonly openMax?: number;
}

export type Created =
  | { readonly kind: 'made' | 'there'; readonly stream: Stream }
  | { readonly kind: 'other' };

const SECONDS = 1000;
/** Clocks may be set, and chunks are as old as the newest entry in them. */
const RETAIN_MARGIN_MS = 60_000;
/** The last use is written down when it has moved by this part of the time to live. */
const TOUCH_PART = 4;

export class StreamTable {
  readonly #options: StreamTableOptions;
  readonly #byPath = new Map<string, Stream>();

  constructor(options: StreamTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byPath.size;
  }

  /** The stream that may be used under this path; throws `unknown`, or `used` when only its forks are left. */
  get(path: string): Stream {
    const stream = this.#find(path);
    if (stream === undefined || stream.state.life === 'gone') throw new Fault('unknown', 'no such stream');
    if (stream.state.life === 'kept')
      throw new Fault('used', 'the stream was deleted; only its forks are left');
    return stream;
  }

  /** The stream, when something was ever said of it; of a log of a site that may be nothing. */
  find(path: string): Stream | undefined {
    return this.#find(path);
  }

  /** A log of a site, whatever was said of it. */
  ofSite(path: string): Stream {
    return (
      this.#find(path) ?? this.#put(path, { ...this.#fresh(undefined), contentType: entriesType }, ALONE)
    );
  }

  /** The stream is in use: its time to live begins anew. */
  touch(stream: Stream): void {
    const { env } = this.#options;
    const { ttlS, touchedMs } = stream.state;
    stream.usedMs = env.nowMs();
    if (ttlS === null || env.wallMs() - touchedMs < (ttlS * SECONDS) / TOUCH_PART) return;
    // Whether it was written down matters after a restart only.
    stream.change({ touchedMs: env.wallMs() }).catch(() => {});
    this.#retain(stream).catch(() => {});
  }

  /**
   * What nobody asks for any more is let go by the store itself: what is older than the stream can still live is in
   * a stream that has ended, because nothing in it is older than the stream.
   */
  async #retain({ state, parts }: Stream): Promise<void> {
    const { ttlS, expires, madeMs, touchedMs, forks, life } = state;
    const { site, log } = parts.data;
    if ((ttlS === null && expires === null) || siteLogOf(parts.path) !== null || life !== 'live') return;
    const usableMs =
      ttlS === null ? Number.POSITIVE_INFINITY : touchedMs + ttlS * SECONDS * (1 + 1 / TOUCH_PART);
    const endsMs = Math.min(usableMs, expires?.atMs ?? Number.POSITIVE_INFINITY);
    // Forks read on after its end.
    const rule = forks > 0 ? null : { ageMs: Math.max(0, endsMs - madeMs) + RETAIN_MARGIN_MS };
    await this.#options.logs.retain(site, log, rule);
  }

  /** Makes the stream, unless there is one. What is appended first is appended by the caller, in the same turn. */
  create(
    path: string,
    config: StreamConfig,
  ): { readonly created: Created; readonly durable: Promise<unknown> } {
    const there = this.#find(path);
    if (siteLogOf(path) !== null) return this.#createInSite(path, config);
    if (there !== undefined && there.state.life !== 'gone') {
      const isIt = there.state.life === 'live' && isSame(there.state, config);
      const created: Created = isIt ? { kind: 'there', stream: there } : { kind: 'other' };
      return { created, durable: there.settled() };
    }
    return config.fork === null ? this.#make(path, config, there) : this.#fork(path, config, there);
  }

  /** Deletes the stream, or keeps its data for its forks; resolves when that is durable. */
  async delete(stream: Stream): Promise<void> {
    const { forks } = stream.state;
    await (forks > 0 ? stream.change({ life: 'kept' }) : this.#end(stream));
  }

  #find(path: string): Stream | undefined {
    const stream = this.#byPath.get(path) ?? this.#load(path);
    if (stream !== undefined && stream.state.life === 'live' && this.#isOver(stream)) {
      // Told as deleted at once; that it is durable matters to nobody who waits here.
      this.delete(stream).catch(() => {});
    }
    return stream;
  }

  #isOver({ state, usedMs }: Stream): boolean {
    const { env } = this.#options;
    if (state.expires !== null && state.expires.atMs <= env.wallMs()) return true;
    return state.ttlS !== null && env.nowMs() - usedMs >= state.ttlS * SECONDS;
  }

  // Making

  #make(path: string, config: StreamConfig, before: Stream | undefined): ReturnType<StreamTable['create']> {
    const state: StreamState = {
      ...this.#fresh(before),
      contentType: config.contentType ?? usualContentType,
      ttlS: config.ttlS,
      expires: config.expires,
    };
    const stream = this.#put(path, state, { inherited: [], before });
    return {
      created: { kind: 'made', stream },
      durable: Promise.all([stream.change({}), this.#retain(stream)]),
    };
  }

  /** A log of a site is there always; one without entries can be made plain. */
  #createInSite(path: string, config: StreamConfig): ReturnType<StreamTable['create']> {
    const stream = this.ofSite(path);
    const { state } = stream;
    const contentType = config.contentType ?? entriesType;
    const isIt = mediaType(contentType) === mediaType(state.contentType) && state.closed === config.closed;
    if (isIt) return { created: { kind: 'there', stream }, durable: stream.settled() };
    const isNew = stream.isEntries && stream.parts.data.tail === 1;
    if (!isNew) return { created: { kind: 'other' }, durable: stream.settled() };
    return { created: { kind: 'made', stream }, durable: stream.change({ contentType }) };
  }

  #fresh(before: Stream | undefined): StreamState {
    return {
      life: 'live',
      generation: (before?.state.generation ?? 0) + 1,
      contentType: '',
      ttlS: null,
      expires: null,
      madeMs: this.#options.env.wallMs(),
      touchedMs: this.#options.env.wallMs(),
      closed: false,
      closedBy: null,
      sequence: null,
      fork: null,
      forks: 0,
      readers: 'members',
      writers: 'members',
      token: null,
    };
  }

  #fork(path: string, config: StreamConfig, before: Stream | undefined): ReturnType<StreamTable['create']> {
    const { fork } = config;
    const source = fork === null ? undefined : this.#find(fork.from);
    if (fork === null || source === undefined || source.state.life === 'gone')
      throw new Fault('unknown', 'no stream to fork from');
    if (source.state.life === 'kept') throw new Fault('taken', 'the stream to fork from was deleted');
    const { contentType } = source.state;
    if (config.contentType !== null && mediaType(config.contentType) !== mediaType(contentType))
      throw new Fault('taken', 'a fork has the content type of its source');
    const { base, piece } = placeOfFork(source, fork.asked, fork.sub);
    const inherits = config.ttlS === null && config.expires === null;
    const state: StreamState = {
      ...this.#fresh(before),
      contentType: config.contentType ?? contentType,
      ttlS: inherits ? source.state.ttlS : config.ttlS,
      expires: inherits ? source.state.expires : config.expires,
      fork: { from: fork.from, asked: fork.asked, sub: fork.sub, base },
    };
    const inherited = inheritedOf(source, base);
    if (inherited.length > streamForkDepthMax) throw new Fault('full', 'forks of forks');
    // First of all the source must not go: a count too many keeps it, a count too few would lose it.
    const counted = source.change({ forks: source.state.forks + 1 });
    const kept = this.#retain(source);
    const stream = this.#put(path, state, { inherited, before });
    const made = stream.change({});
    const copied = piece === null ? null : stream.append(stream.nameless(), piece.slice());
    return {
      created: { kind: 'made', stream },
      durable: Promise.all([counted, kept, made, copied, this.#retain(stream)]),
    };
  }

  // Ending

  async #end(stream: Stream): Promise<void> {
    const { logs } = this.#options;
    const { data } = stream.parts;
    const ended = stream.change({ life: 'gone' });
    const isWritten = data.tail > 1;
    const freed = this.#release(stream);
    await ended;
    if (isWritten) await logs.retain(data.site, data.log, { count: 0 });
    await freed;
  }

  /** What it was forked from has one fork less, and goes when it was kept for this one alone. */
  async #release({ state }: Stream): Promise<void> {
    if (state.fork === null) return;
    const source = this.#byPath.get(state.fork.from) ?? this.#load(state.fork.from);
    if (source === undefined || source.state.forks === 0) return;
    const counted = source.change({ forks: source.state.forks - 1 });
    if (source.state.life === 'kept' && source.state.forks === 0) await this.#end(source);
    else await this.#retain(source);
    await counted;
  }

  // Memory

  #put(
    path: string,
    state: StreamState,
    { inherited, before }: { readonly inherited: readonly Segment[]; readonly before: Stream | undefined },
  ): Stream {
    const { logs, env, names } = this.#options;
    const place = siteLogOf(path);
    const data =
      place === null
        ? logs.open(names.openSite, names.data(path, state.generation))
        : logs.open(place.site, place.log);
    const keeper = before?.parts.keeper ?? this.#keeper(path);
    const stream = new Stream({ logs, env, names, path, keeper, data, inherited }, state, null);
    this.#makeRoom();
    this.#byPath.set(path, stream);
    return stream;
  }

  /** What is known of a log of a site stands in the node's own as well: nobody has rights there. */
  #keeper(path: string): StreamWriter {
    const { logs, env, names } = this.#options;
    const log = logs.open(names.openSite, names.state(path));
    const name = names.keeper;
    return new StreamWriter({ logs, env, log, name, keyEpoch: 0 }, log.writers.newest(name.device) + 1);
  }

  /** From its logs, when it was ever made. */
  #load(path: string): Stream | undefined {
    const { logs, names, env } = this.#options;
    const log = logs.find(names.openSite, names.state(path));
    if (log === undefined || log.durable === 1) return undefined;
    const page = logs.read(log, log.durable - 1, 1);
    if (page.kind === 'trimmed') return undefined;
    const cursor = new EntryCursor(page.entries, nativeChecksum);
    if (!cursor.next()) return undefined;
    const state = decode(streamState, page.entries.slice(cursor.payloadAt, cursor.payloadEnd));
    const source = state.fork === null || state.life === 'gone' ? undefined : this.#sourceOf(state.fork.from);
    const inherited = source === undefined ? [] : inheritedOf(source, state.fork?.base ?? 0);
    const stream = this.#put(path, state, { inherited, before: undefined });
    stream.durable = state;
    if (state.ttlS !== null) {
      // What was used since it was last written down is not known, so that part is given once more.
      const idleMs = env.wallMs() - state.touchedMs - (state.ttlS * SECONDS) / TOUCH_PART;
      stream.usedMs = env.nowMs() - Math.max(0, idleMs);
    }
    return stream;
  }

  #sourceOf(path: string): Stream | undefined {
    return this.#byPath.get(path) ?? this.#load(path);
  }

  /** The one that came first and is not in use goes. */
  #makeRoom(): void {
    if (this.#byPath.size < (this.#options.openMax ?? streamsOpenMax)) return;
    let looks = LOOKS_MAX;
    for (const [path, stream] of this.#byPath) {
      this.#byPath.delete(path);
      if (stream.isIdle) return;
      this.#byPath.set(path, stream);
      if (looks-- === 0) throw new Fault('full', 'streams in use at once');
    }
  }
}

/** Of a stream that is nobody's fork and nobody's successor. */
const ALONE = { inherited: [], before: undefined } as const;
/** Streams that are looked at before another comes in. */
const LOOKS_MAX = 64;

/** What a fork at `base` has of its source. */
function inheritedOf(source: Stream, base: number): readonly Segment[] {
  return source.segments
    .filter((segment) => segment.base < base)
    .map((segment) => ({ ...segment, end: Math.min(segment.end, base) }));
}

/** Where a fork begins, and what of the next message it has besides. */
function placeOfFork(
  source: Stream,
  asked: string,
  sub: number,
): { readonly base: number; readonly piece: Uint8Array | null } {
  const offset = asked === '' ? 'now' : readOffset(asked);
  const base = offset === 'now' ? source.tail : offset;
  if (base > source.tail) throw new Fault('malformed', 'the fork begins behind the end of its source');
  if (sub === 0) return { base, piece: null };
  const [message] = base < source.tail ? source.read(base, 1).messages : [];
  if (message === undefined) throw new Fault('malformed', 'nothing stands behind the offset of the fork');
  const piece = isJson(source.state)
    ? firstValues(message, sub)
    : sub <= message.length
      ? message.subarray(0, sub)
      : null;
  if (piece === null) throw new Fault('malformed', 'the fork begins behind the next message');
  return { base, piece };
}
