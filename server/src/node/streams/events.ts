/**
 * Event streams (SPEC F5): what is appended is pushed to who reads, as far as she takes it; what one commit brings
 * is made into an event once, whatever the number of its readers. They end by time, so that caches in between can
 * share them.
 */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { streamEventBytesMax, streamEventsMs } from 'copse/internal/base/limits-streams.ts';
import { ColdRead } from '../../tail/insider.ts';
import { isJson, mediaType } from './config.ts';
import { jsonArray } from './json.ts';
import { laterCursor, nextCursor } from './live.ts';
import { offsetText } from './offset.ts';
import type { Stream } from './stream.ts';

export interface EventsOptions {
  readonly env: Env;
  readonly stream: Stream;
  readonly from: number;
  readonly cursor: string | null;
  /** Throws when the reader may not read any more. */
  readonly check: () => unknown;
  /** Called once, when nothing more is sent. */
  readonly onEnd: () => void;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** Events that wait for their reader; beyond them nothing is read for her. */
const WAITING_MAX = 2;

export const isText = (stream: Stream): boolean =>
  isJson(stream.state) || mediaType(stream.state.contentType).startsWith('text/');

export function events(options: EventsOptions): ReadableStream<Uint8Array> {
  const source = new Events(options);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => source.begin(controller),
      pull: () => source.pump(),
      cancel: () => source.end(),
    },
    { highWaterMark: WAITING_MAX },
  );
}

class Events {
  readonly #options: EventsOptions;
  readonly #firstCursor: string;
  #from: number;
  #controller: Controller | null = null;
  #timer: Timer | null = null;
  #unwatch: (() => void) | null = null;
  #isChecking = false;

  constructor(options: EventsOptions) {
    this.#options = options;
    this.#from = options.from;
    this.#firstCursor = nextCursor(options.env, options.cursor);
  }

  /** Who begins at the tail is told where that is; later only what is new. */
  begin(controller: Controller): void {
    const { env, stream } = this.#options;
    this.#controller = controller;
    this.#timer = env.after(streamEventsMs, () => this.#finish());
    this.#unwatch = stream.watch(() => this.pump());
    this.#send();
  }

  /** Sends what there is, when there is some and the reader takes it. */
  pump(): void {
    const { stream, check } = this.#options;
    if (this.#controller === null || this.#isChecking) return;
    if (stream.state.life !== 'live') return this.#finish();
    const isNews = stream.tail > this.#from || stream.isClosed;
    if (!isNews || (this.#controller.desiredSize ?? 0) <= 0) return;
    const checked = attempt(check);
    if (!(checked instanceof Promise)) return this.#sendIf(checked);
    this.#isChecking = true;
    void this.#sendWhen(checked);
  }

  /** `checked` never rejects, and sending fails the reader alone. */
  async #sendWhen(checked: Promise<boolean>): Promise<void> {
    const isAllowed = await checked;
    this.#isChecking = false;
    this.#sendIf(isAllowed);
  }

  #sendIf(isAllowed: boolean): void {
    if (isAllowed) this.#send();
    else this.#finish();
  }

  #send(): void {
    const { env, stream } = this.#options;
    const controller = this.#controller;
    if (controller === null) return;
    try {
      const told = toldFrom(stream, this.#from, laterCursor(env, this.#firstCursor));
      this.#from = told.next;
      controller.enqueue(told.bytes);
      if (told.isEnd) this.#finish();
      else this.pump();
    } catch (thrown) {
      if (thrown instanceof ColdRead) return void this.#sendWarm(thrown);
      this.#fail(thrown);
    }
  }

  /** Sends when the blob is here; nothing else is sent meanwhile. */
  async #sendWarm(cold: ColdRead): Promise<void> {
    this.#isChecking = true;
    const fault = await cold.warm().then(() => null, asFault);
    this.#isChecking = false;
    if (fault === null) this.#send();
    else this.#fail(fault);
  }

  /** Whoever wakes readers is the shard: what goes wrong here is this reader's alone. */
  #fail(thrown: unknown): void {
    const controller = this.#controller;
    this.end();
    controller?.error(thrown);
  }

  #finish(): void {
    const controller = this.#controller;
    this.end();
    controller?.close();
  }

  /** Nothing more is sent. */
  end(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    this.#timer?.cancel();
    this.#unwatch?.();
    this.#options.onEnd();
  }
}

/** Whether it does not throw; at once, where it answers at once. */
function attempt(check: () => unknown): boolean | Promise<boolean> {
  try {
    const checked = check();
    if (!(checked instanceof Promise)) return true;
    return checked.then(
      () => true,
      () => false,
    );
  } catch {
    return false;
  }
}

/** Events as they are sent. */
export interface Told {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly next: number;
  readonly isEnd: boolean;
}

/** The events from an offset on: those that were made last, when they are the same. */
function toldFrom(stream: Stream, from: number, cursor: string): Told {
  const key = `${from} ${stream.tail} ${stream.isClosed} ${cursor}`;
  if (stream.told?.key === key) return stream.told;
  const { messages, next } = stream.read(from, streamEventBytesMax);
  const isCaughtUp = next >= stream.tail;
  const isEnd = stream.isClosed && isCaughtUp;
  const control = {
    streamNextOffset: offsetText(next),
    ...(isEnd ? { streamClosed: true } : { streamCursor: cursor }),
    ...(isCaughtUp ? { upToDate: true } : {}),
  };
  const data = messages.length === 0 ? '' : event('data', payload(stream, messages));
  const bytes = utf8(data + event('control', JSON.stringify(control)));
  stream.told = { key, bytes, next, isEnd };
  return stream.told;
}

function payload(stream: Stream, messages: readonly Uint8Array[]): string {
  if (isJson(stream.state)) return fromUtf8(jsonArray(messages)) ?? '';
  const bytes = Buffer.concat(messages);
  // What is not UTF-8 in a text is shown as such.
  return isText(stream) ? new TextDecoder().decode(bytes) : bytes.toString('base64');
}

/**
 * Each line of the data is a line of the event: nothing in it can end the event. Readers take one space away
 * behind the colon, so a line that begins with one gets another.
 */
function event(name: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data:${line.startsWith(' ') ? ' ' : ''}${line}\n`);
  return `event: ${name}\n${lines.join('')}\n`;
}
